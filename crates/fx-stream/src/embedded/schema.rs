diesel::table! {
    log_records (topic, position) {
        topic -> Text,
        position -> BigInt,
        at -> BigInt,
        key -> Nullable<Text>,
        headers -> Nullable<Text>,
        payload -> Binary,
    }
}

diesel::table! {
    log_ends (topic) {
        topic -> Text,
        next_position -> BigInt,
    }
}

diesel::table! {
    log_groups (group_name, topic) {
        group_name -> Text,
        topic -> Text,
        next_position -> BigInt,
    }
}
