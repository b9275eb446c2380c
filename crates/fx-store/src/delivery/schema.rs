use crate::alerts::schema::{alert_outbox, alert_transitions};

diesel::table! {
    alert_channels (id) {
        id -> Text,
        name -> Text,
        target -> Text,
        secret -> Nullable<Text>,
        old_secret -> Nullable<Text>,
        old_secret_until -> Nullable<BigInt>,
        group_for -> Nullable<BigInt>,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
        disabled_reason -> Nullable<Text>,
    }
}

diesel::table! {
    deliveries (position) {
        position -> BigInt,
        id -> Text,
        channel -> Text,
        status -> Text,
        reason -> Nullable<Text>,
        tries -> BigInt,
        next_at -> Nullable<BigInt>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    delivery_transitions (delivery_id, transition_id) {
        delivery_id -> Text,
        transition_id -> Text,
    }
}

diesel::table! {
    delivery_attempts (position) {
        position -> BigInt,
        delivery_id -> Text,
        at -> BigInt,
        took_ms -> BigInt,
        code -> Nullable<BigInt>,
        error -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(deliveries, delivery_transitions, alert_transitions);
diesel::allow_tables_to_appear_in_same_query!(deliveries, alert_outbox);
