//! Rates to test with.

use std::sync::Arc;

use chrono::DateTime;
use fx_cache::LatestRates;
use fx_domain::batch::Price;
use fx_domain::clock::Timestamp;
use fx_domain::rate::{Origin, Published, Quality, Rate, RateRecord, Sides, SuspectReason, Volatility};

pub(crate) type Cache = Arc<dyn LatestRates>;

pub(crate) fn at(second: i64) -> Timestamp {
    DateTime::from_timestamp(1_700_000_000 + second, 123_456_000).expect("a time")
}

/// A published rate, of a source time and a version in seconds.
pub(crate) fn rate(source: &str, pair: &str, source_ts: i64, version: i64) -> RateRecord {
    let pair = pair.parse().expect("a pair");
    let text = format!("1.{:04}", 1000 + source_ts + 10 * version);
    let price = Price::Mid(text.parse().expect("a figure"));
    RateRecord {
        source: source.parse().expect("a source"),
        source_ts: at(source_ts),
        fetched_at: at(version),
        ingested_at: at(version + 1),
        rate: Rate {
            pair,
            sides: Sides::of(&price),
            origin: Origin::Published(Box::new(Published { pair, price })),
            precision_bp: 0.5 / 3.0,
            quality: Quality::Ok,
            reason: None,
            volatility: Volatility { price_stddev_20: Some(0.1 + 0.2), realized_vol: None, ewma_vol: Some(1e-7) },
            older_leg_ts: None,
        },
    }
}

/// The same, held as suspect.
pub(crate) fn held(source: &str, pair: &str, source_ts: i64, version: i64) -> RateRecord {
    let mut record = rate(source, pair, source_ts, version);
    record.rate.quality = Quality::Suspect;
    record.rate.reason = Some(SuspectReason::Jump);
    record
}

/// The accepted rate and the held one of the only pair.
pub(crate) async fn only(cache: &Cache) -> (Option<RateRecord>, Option<RateRecord>) {
    let rates = cache.rates().await.expect("answers");
    assert_eq!(rates.len(), 1);
    (rates[0].accepted.clone(), rates[0].held.clone())
}
