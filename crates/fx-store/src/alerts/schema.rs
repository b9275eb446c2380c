diesel::table! {
    alert_rules (id) {
        id -> Text,
        rule -> Text,
        severity -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        begun_at -> BigInt,
        snoozed_until -> Nullable<BigInt>,
        idempotency_key -> Nullable<Text>,
        created_as -> Nullable<Text>,
    }
}

diesel::table! {
    alert_states (alert_id, pair) {
        alert_id -> Text,
        pair -> Text,
        partition_id -> BigInt,
        machine -> Text,
    }
}

diesel::table! {
    alert_transitions (position) {
        position -> BigInt,
        id -> Text,
        alert_id -> Text,
        alert_name -> Text,
        episode_id -> Nullable<Text>,
        pair -> Text,
        from_state -> Text,
        to_state -> Text,
        source -> Text,
        source_ts -> BigInt,
        at -> BigInt,
        value -> Double,
        kind -> Nullable<Text>,
        threshold -> Double,
        severity -> Text,
        message -> Text,
        details -> Nullable<Text>,
    }
}

diesel::table! {
    alert_acknowledgements (episode_id) {
        episode_id -> Text,
        alert_id -> Text,
        acknowledged -> Text,
    }
}

diesel::table! {
    alert_outbox (position) {
        position -> BigInt,
        kind -> Text,
        transition_id -> Nullable<Text>,
        channel -> Nullable<Text>,
        delivery_id -> Nullable<Text>,
    }
}

diesel::table! {
    alert_rates (source, pair, market_open) {
        source -> Text,
        pair -> Text,
        market_open -> Bool,
        partition_id -> BigInt,
        rate -> Text,
    }
}

diesel::table! {
    alert_positions (partition_id) {
        partition_id -> BigInt,
        next_offset -> BigInt,
        log_time -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(alert_rules, alert_states);
