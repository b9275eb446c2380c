diesel::table! {
    rates (source, pair, source_ts) {
        source -> Text,
        pair -> Text,
        source_ts -> BigInt,
        fetched_at -> BigInt,
        ingested_at -> BigInt,
        mid -> Double,
        bid -> Nullable<Double>,
        ask -> Nullable<Double>,
        inverted -> Bool,
        scale -> Nullable<SmallInt>,
        ask_scale -> Nullable<SmallInt>,
        figure -> Nullable<Text>,
        ask_figure -> Nullable<Text>,
        pivot -> Nullable<Text>,
        precision_bp -> Double,
        quality -> SmallInt,
        reason -> Nullable<SmallInt>,
        price_stddev_20 -> Nullable<Double>,
        realized_vol -> Nullable<Double>,
        ewma_vol -> Nullable<Double>,
        older_leg_ts -> Nullable<BigInt>,
    }
}

diesel::table! {
    rate_days (source, day) {
        source -> Text,
        day -> BigInt,
        stamp -> BigInt,
    }
}
