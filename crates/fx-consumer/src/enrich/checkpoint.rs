//! The enricher's state in the log.

use std::collections::{BTreeMap, BTreeSet};

use fx_domain::enrich::{Checkpoint, Enricher};
use fx_domain::feed::Source;
use fx_stream::message::Payload;
use fx_stream::{Log, Record, StreamError, Topic, read_to_end};
use serde::{Deserialize, Serialize};

/// The state of one source, with the input offset that comes after what it holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) source: Source,
    pub(super) partition: u32,
    pub(super) offset: u64,
    pub(super) state: Checkpoint,
}

impl Payload for Written {}

/// Stands in place of a state that is no longer wanted.
const FORGOTTEN: &[u8] = b"{}";

/// Every source's state, so that all of a round have one offset.
pub(super) fn records(partition: u32, offset: u64, enricher: &Enricher) -> Result<Vec<Record>, StreamError> {
    enricher
        .checkpoints()
        .map(|(source, state)| {
            let key = Some(source.to_string());
            let written = Written { source: source.clone(), partition, offset, state };
            Ok(Record { key, payload: written.encode()?.into(), ..Record::default() })
        })
        .collect()
}

/// The states that were written for a partition.
pub(super) async fn load(log: &dyn Log, partition: u32) -> Result<Vec<Written>, StreamError> {
    let mut newest = BTreeMap::new();
    read_to_end(log, Topic::State, |message| {
        if let Some(key) = message.record.key {
            newest.insert(key, message.record.payload);
        }
    })
    .await?;
    let states = newest.into_values().filter(|payload| payload != FORGOTTEN);
    let states: Vec<Written> = states.map(|payload| Written::decode(&payload)).collect::<Result<_, _>>()?;
    Ok(states.into_iter().filter(|written| written.partition == partition).collect())
}

/// Lets every source begin anew: whoever reads `fx-rates` from its beginning makes every figure again.
pub async fn forget(log: &dyn Log) -> Result<(), StreamError> {
    let mut sources = BTreeSet::new();
    read_to_end(log, Topic::State, |message| sources.extend(message.record.key)).await?;
    let record = |source| Record { key: Some(source), payload: FORGOTTEN.into(), ..Record::default() };
    log.publish(Topic::State, sources.into_iter().map(record).collect()).await
}
