//! Messages: JSON, one object, `"v":1` first, unknown fields ignored.

use fx_domain::alert::Transition;
use fx_domain::batch::Batch;
use fx_domain::delivery::Delivery;
use fx_domain::rate::EnrichedBatch;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Record, StreamError, partitioner};

/// Names where a replayed or bundled batch comes from, so that a replay knows its own rates again.
pub const ORIGIN: &str = "fx-origin";

/// The trace that a batch belongs to, as W3C Trace Context writes it: carried from fetch to sink.
pub const TRACEPARENT: &str = "traceparent";

const PREFIX: &[u8] = br#"{"v":1,"#;

/// What travels as a versioned message.
pub trait Payload: Serialize + DeserializeOwned {
    /// `{"v":1,` and the value's own fields.
    fn encode(&self) -> Result<Vec<u8>, StreamError> {
        let mut bytes = br#"{"v":1"#.to_vec();
        let brace = bytes.len();
        serde_json::to_writer(&mut bytes, self)?;
        // The value's own opening brace becomes the comma after the version.
        bytes[brace] = b',';
        Ok(bytes)
    }

    /// Reads a message of version 1.
    fn decode(bytes: &[u8]) -> Result<Self, StreamError> {
        decode(bytes)
    }
}

/// Reads a message of version 1, wherever in it the version stands, as far as `T` wants to know it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StreamError> {
    #[derive(Deserialize)]
    struct Version {
        v: u64,
    }
    if !bytes.starts_with(PREFIX) {
        let Version { v } = serde_json::from_slice(bytes)?;
        if v != 1 {
            return Err(StreamError::Version(v));
        }
    }
    Ok(serde_json::from_slice(bytes)?)
}

impl Payload for Batch {}
impl Payload for EnrichedBatch {}
impl Payload for Transition {}
impl Payload for Delivery {}

/// A batch for `fx-rates`: keyed by source, so that one feed has one order.
pub fn rates_record(batch: &Batch) -> Result<Record, StreamError> {
    Ok(Record { key: Some(batch.source.to_string()), payload: batch.encode()?.into(), ..Record::default() })
}

/// The same for `fx-rates-enriched`, split by pair: one record for every partition with the pairs that fall there, even
/// where none do, so that log time and the feed's freshness are the same on all of them. A `traceparent` goes with each.
pub fn enriched_records(
    batch: &EnrichedBatch,
    partitions: u32,
    traceparent: Option<&str>,
) -> Result<Vec<Record>, StreamError> {
    let headers: Vec<_> = traceparent.map(|value| (TRACEPARENT.to_owned(), value.to_owned())).into_iter().collect();
    let record = |partition: u32, part: &EnrichedBatch| {
        let payload = part.encode()?.into();
        Ok(Record { key: None, partition: Some(partition), headers: headers.clone(), payload })
    };
    if partitions <= 1 {
        return Ok(vec![record(0, batch)?]);
    }
    split(batch, partitions).iter().zip(0..).map(|(part, partition)| record(partition, part)).collect()
}

fn split(batch: &EnrichedBatch, partitions: u32) -> Vec<EnrichedBatch> {
    let EnrichedBatch { source, kind, market, source_ts, fetched_at, ingested_at, rates, status } = batch;
    let empty = EnrichedBatch {
        source: source.clone(),
        kind: *kind,
        market: *market,
        source_ts: *source_ts,
        fetched_at: *fetched_at,
        ingested_at: *ingested_at,
        rates: Vec::new(),
        status: status.clone(),
    };
    let mut parts = vec![empty; partitions as usize];
    for rate in rates {
        parts[partitioner::of_pair(rate.pair, partitions) as usize].rates.push(rate.clone());
    }
    parts
}

/// A transition for `fx-alert-events`: keyed by alert, so that what happened to one alert has one order.
pub fn alert_event_record(transition: &Transition) -> Result<Record, StreamError> {
    let key = Some(transition.alert_id.to_string());
    Ok(Record { key, payload: transition.encode()?.into(), ..Record::default() })
}

/// A finished delivery for `fx-deliveries`: keyed by its id, so that what a replay comes to is after what came before.
pub fn delivery_record(delivery: &Delivery) -> Result<Record, StreamError> {
    let key = Some(delivery.id.to_string());
    Ok(Record { key, payload: delivery.encode()?.into(), ..Record::default() })
}
