//! What stands in Redis: rates and feeds as JSON, lossless.

use chrono::DateTime;
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, FeedStatus, Market, Source};
use fx_domain::pair::Pair;
use fx_domain::rate::{Rate, RateRecord};
use serde::{Deserialize, Serialize};

use crate::{FeedSnapshot, Latest};

#[derive(Serialize)]
struct RecordText<'a> {
    source: &'a Source,
    source_ts: Timestamp,
    fetched_at: Timestamp,
    ingested_at: Timestamp,
    rate: &'a Rate,
}

#[derive(Deserialize)]
struct RecordFields {
    source: Source,
    source_ts: Timestamp,
    fetched_at: Timestamp,
    ingested_at: Timestamp,
    rate: Rate,
}

/// The arguments of one pair.
pub(super) fn arguments(pair: Pair, latest: &Latest) -> Result<[String; 7], serde_json::Error> {
    let [time, version, text] = version_and_text(latest.accepted.as_ref())?;
    let [held_time, held_version, held] = version_and_text(latest.held.as_ref())?;
    Ok([pair.to_string(), time, version, text, held_time, held_version, held])
}

fn version_and_text(record: Option<&RateRecord>) -> Result<[String; 3], serde_json::Error> {
    let Some(record) = record else { return Ok(Default::default()) };
    let RateRecord { source, source_ts, fetched_at, ingested_at, rate } = record;
    let (source_ts, fetched_at, ingested_at) = (*source_ts, *fetched_at, *ingested_at);
    let text = serde_json::to_string(&RecordText { source, source_ts, fetched_at, ingested_at, rate })?;
    Ok([micros(source_ts), micros(fetched_at), text])
}

/// Reads what stands in the field of a pair: source time, version, rate.
pub(super) fn record(value: &[u8]) -> Result<RateRecord, serde_json::Error> {
    let text = value.splitn(3, |byte| *byte == b' ').nth(2).unwrap_or_default();
    let RecordFields { source, source_ts, fetched_at, ingested_at, rate } = serde_json::from_slice(text)?;
    Ok(RateRecord { source, source_ts, fetched_at, ingested_at, rate })
}

/// A feed but for its newest source time, which changes on its own.
#[derive(Serialize, Deserialize)]
struct FeedFields {
    source: Source,
    kind: FeedKind,
    market: Market,
    told_at: Timestamp,
    status: Option<FeedStatus>,
}

/// The arguments of one feed, but for how long it is kept.
pub(super) fn feed_arguments(feed: &FeedSnapshot) -> Result<[String; 5], serde_json::Error> {
    let FeedSnapshot { source, kind, market, told_at, status, last_source_ts } = feed.clone();
    let has_status = if status.is_some() { "1" } else { "0" };
    let name = source.to_string();
    let body = serde_json::to_string(&FeedFields { source, kind, market, told_at, status })?;
    let last = last_source_ts.map(micros).unwrap_or_default();
    Ok([name, last, micros(told_at), has_status.to_owned(), body])
}

/// Reads a feed's body and its newest source time in microseconds.
pub(super) fn feed(body: &[u8], last: Option<i64>) -> Result<FeedSnapshot, serde_json::Error> {
    let FeedFields { source, kind, market, told_at, status } = serde_json::from_slice(body)?;
    let last_source_ts = last.and_then(DateTime::from_timestamp_micros);
    Ok(FeedSnapshot { source, kind, market, last_source_ts, told_at, status })
}

fn micros(at: Timestamp) -> String {
    at.timestamp_micros().to_string()
}
