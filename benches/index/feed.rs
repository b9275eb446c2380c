//! A feed of eight rates against the euro, of which 36 pairs come.

use std::sync::Arc;

use chrono::TimeDelta;
use fx_domain::clock::Timestamp;
use fx_stream::{Log, Record, Topic};
use serde_json::json;

use crate::roles;

/// What comes of one batch.
pub(crate) const PAIRS: u32 = 36;
/// How many batches the log is filled with.
const BATCHES: u32 = 3_000;
/// And how many documents come of them.
pub(crate) const DOCUMENTS: u32 = BATCHES * PAIRS;

const SOURCE: &str = "load";
const LEVELS: [(&str, f64); 8] = [
    ("USD", 1.1),
    ("GBP", 0.842),
    ("JPY", 161.2),
    ("CAD", 1.491),
    ("AUD", 1.634),
    ("CHF", 0.941),
    ("CNY", 7.83),
    ("INR", 91.4),
];

/// The batch of that number: each rate swings about its level at a pace of its own, so that no figure repeats.
pub(crate) fn batch(number: u32, at: Timestamp) -> Record {
    let quote = |(pace, (code, level)): (u32, (&str, f64))| {
        let swing = (f64::from(number) * 0.013 * f64::from(pace)).sin() * 0.01;
        json!({"code": code, "mid": (level * (1.0 + swing) * 1e5).round() / 1e5, "scale": 5})
    };
    let quotes: Vec<_> = (1..).zip(LEVELS).map(quote).collect();
    let payload = json!({"v": 1, "source": SOURCE, "kind": "table", "market": "spot", "base": "EUR", "source_ts": at,
        "fetched_at": at, "quotes": quotes});
    Record { key: Some(SOURCE.to_owned()), payload: payload.to_string().into(), ..Record::default() }
}

/// Publishes a batch for each minute of two days of an open market, and has them enriched.
pub(crate) async fn fill(log: &Arc<dyn Log>) {
    let begin: Timestamp = "2026-03-02T12:00:00Z".parse().expect("a time");
    let batches = (0..BATCHES).map(|number| batch(number, begin + TimeDelta::minutes(number.into())));
    log.publish(Topic::Rates, batches.collect()).await.expect("the log takes it");
    let enrich = roles::enrich(log);
    crate::until("the enricher", async || {
        let positions = log.positions(fx_consumer::enrich::GROUP, Topic::Rates).await.expect("the log answers");
        positions.iter().all(|at| at.committed == Some(at.end))
    })
    .await;
    enrich.stop().await;
}
