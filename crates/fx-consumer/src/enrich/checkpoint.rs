//! The enricher's state in the log.

use fx_domain::enrich::{Checkpoint, Enricher};
use fx_domain::feed::Source;
use fx_stream::message::Payload;
use fx_stream::{Log, Record, Start, StreamError, Topic};
use serde::{Deserialize, Serialize};

use super::GROUP;

/// The state of one source, with the input offset that comes after what it holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) source: Source,
    pub(super) partition: u32,
    pub(super) offset: u64,
    pub(super) state: Checkpoint,
}

impl Payload for Written {}

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
    let ends = log.positions(GROUP, Topic::State).await?;
    let mut follower = log.follow(Topic::State, Start::Beginning).await?;
    let behind = |positions: Vec<(u32, u64)>| {
        ends.iter().any(|end| positions.iter().any(|(number, next)| *number == end.partition && *next < end.end))
    };
    let mut states = Vec::new();
    while behind(follower.positions()) {
        for message in follower.next().await? {
            let written = Written::decode(&message.record.payload)?;
            if written.partition == partition {
                states.retain(|older: &Written| older.source != written.source);
                states.push(written);
            }
        }
    }
    Ok(states)
}
