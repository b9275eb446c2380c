//! Messages: JSON, one object, `"v":1` first, unknown fields ignored.

use fx_domain::alert::Transition;
use fx_domain::batch::Batch;
use fx_domain::rate::EnrichedBatch;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Record, StreamError};

/// Names where a replayed or bundled batch comes from, so that a replay knows its own rates again.
pub const ORIGIN: &str = "fx-origin";

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

/// A batch for `fx-rates`: keyed by source, so that one feed has one order.
pub fn rates_record(batch: &Batch) -> Result<Record, StreamError> {
    Ok(Record { key: Some(batch.source.to_string()), headers: Vec::new(), payload: batch.encode()? })
}

/// The same for `fx-rates-enriched`, which is split by pair and needs no key.
pub fn enriched_record(batch: &EnrichedBatch) -> Result<Record, StreamError> {
    Ok(Record { key: None, headers: Vec::new(), payload: batch.encode()? })
}

/// A transition for `fx-alert-events`: keyed by alert, so that what happened to one alert has one order.
pub fn alert_event_record(transition: &Transition) -> Result<Record, StreamError> {
    Ok(Record { key: Some(transition.alert_id.to_string()), headers: Vec::new(), payload: transition.encode()? })
}
