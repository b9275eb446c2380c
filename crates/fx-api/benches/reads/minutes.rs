//! Minute by minute through the year 2025.

use fx_config::PostgresqlSettings;
use fx_domain::clock::Timestamp;
use fx_domain::rate::{EnrichedBatch, RateRecord};
use fx_store::PostgresStore;
use fx_testkit::postgres::{DATABASE, Schema, USER, shared};

use crate::figures::{figure, seconds};
use crate::recording::quote;

/// Where the year begins.
pub(crate) const BEGIN: &str = "2025-01-01T00:00:00Z";
/// Where it ends.
pub(crate) const END: &str = "2026-01-01T00:00:00Z";

const MINUTES: i64 = 525_600;

const PAIRS: [&str; 20] = [
    "EURUSD", "EURJPY", "EURGBP", "EURCHF", "EURCAD", "EURAUD", "EURNZD", "EURSEK", "EURNOK", "EURPLN", "GBPUSD",
    "GBPJPY", "GBPCHF", "AUDUSD", "NZDUSD", "USDJPY", "USDCHF", "USDCAD", "USDSEK", "USDNOK",
];

/// The newest quote of the pair that is read.
pub(crate) fn newest() -> EnrichedBatch {
    quote("2025-12-31T23:59:00Z", "1.08425", "1.08427")
}

/// Every minute's quote of one pair.
pub(crate) fn records() -> impl Iterator<Item = RateRecord> {
    let begin: Timestamp = BEGIN.parse().expect("a time");
    let template = newest().into_records().next().expect("one rate");
    (0..MINUTES).map(move |minute| {
        let source_ts = begin + chrono::TimeDelta::minutes(minute);
        RateRecord { source_ts, fetched_at: source_ts, ..template.clone() }
    })
}

/// Ten million rates: the same of twenty pairs.
pub(crate) struct PostgresHistory {
    _schema: Schema,
    pub(crate) store: PostgresStore,
}

impl PostgresHistory {
    pub(crate) fn fill() -> Self {
        let schema = Schema::new(shared());
        let store = PostgresStore::connect(&settings(&schema)).expect("reads its files");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(store.check()).expect("makes its tables");
        let begun = std::time::Instant::now();
        // A row of each month shows how a row looks, and the store makes a partition for it.
        let template = records().next().expect("a rate");
        let month = |month| format!("2025-{month:02}-01T00:00:00Z").parse().expect("a time");
        let months = (1..=12).map(|number| RateRecord { source_ts: month(number), ..template.clone() });
        runtime.block_on(store.rates().write(months.collect())).expect("makes its partitions");
        for pair in PAIRS {
            schema.run(&format!("{MORE} '{pair}' {FROM}"));
        }
        schema.run("INSERT INTO rate_series SELECT DISTINCT source, pair FROM rates ON CONFLICT DO NOTHING");
        schema.run("VACUUM ANALYZE");
        seconds("history_filled_in", begun.elapsed());
        figure("history_of", schema.run("SELECT count(*) FROM rates"), "rows");
        Self { _schema: schema, store }
    }
}

const MORE: &str = "INSERT INTO rates SELECT source,";
const FROM: &str =
    ", t, t, t, mid + (t / 60000000 % 1000) / 100000.0, bid, ask, inverted, scale, ask_scale, figure, ask_figure, \
     pivot, precision_bp, quality, reason, price_stddev_20, realized_vol, ewma_vol, older_leg_ts
     FROM (SELECT * FROM rates WHERE pair = 'EURUSD' LIMIT 1) one,
     generate_series(1735689600000000, 1767225599000000, 60000000) t ON CONFLICT DO NOTHING";

fn settings(schema: &Schema) -> PostgresqlSettings {
    PostgresqlSettings {
        host: schema.address().ip().to_string(),
        port: schema.address().port(),
        database: DATABASE.to_owned(),
        user: USER.to_owned(),
        schema: schema.name().to_owned(),
        ..PostgresqlSettings::default()
    }
}
