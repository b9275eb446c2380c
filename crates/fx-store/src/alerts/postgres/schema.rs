diesel::table! {
    /// As in SQLite, with who may write.
    alert_positions (partition_id) {
        partition_id -> BigInt,
        next_offset -> BigInt,
        log_time -> Nullable<BigInt>,
        epoch -> BigInt,
    }
}
