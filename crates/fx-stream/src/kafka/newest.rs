//! The newest message of a key: its partition is read backwards, in pieces that grow.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::producer::Producer as _;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use super::ask::{self, Extent};
use super::group::{signed, unsigned};
use super::{KafkaLog, message};
use crate::{Message, StreamError, Topic, partitioner};

/// Messages in the first piece, and how much larger each next one is.
const FIRST: u64 = 64;
const GROWTH: u64 = 8;
/// How long the brokers may be silent.
const SILENCE: Duration = Duration::from_secs(10);

pub(super) fn newest(log: &KafkaLog, topic: Topic, key: &str) -> Result<Option<Message>, StreamError> {
    let name = log.name(topic);
    let producer = log.producer().native();
    let partitions = ask::partitions(producer.client(), &name)?;
    let partition = partitioner::of_key(key.as_bytes(), partitions);
    let Extent { oldest, end, .. } = ask::extent(producer.client(), &name, partition)?;
    let reader = ask::onlooker(log.settings(), None)?;
    let (mut size, mut before) = (FIRST, end);
    while before > oldest {
        let from = before.saturating_sub(size).max(oldest);
        let piece = Piece { name: &name, partition, from, before };
        let found = piece
            .last_of(&reader, key)
            .map_err(|error| StreamError::kafka(&format!("look for the newest message of {key} in {name}"), &error))?;
        if found.is_some() {
            return Ok(found);
        }
        (before, size) = (from, size * GROWTH);
    }
    Ok(None)
}

/// Messages of a partition: `from`, and up to but without `before`.
struct Piece<'a> {
    name: &'a str,
    partition: u32,
    from: u64,
    before: u64,
}

impl Piece<'_> {
    fn last_of(&self, reader: &BaseConsumer, key: &str) -> Result<Option<Message>, KafkaError> {
        let mut list = TopicPartitionList::new();
        let from = Offset::Offset(i64::try_from(self.from).unwrap_or(i64::MAX));
        list.add_partition_offset(self.name, signed(self.partition), from)?;
        reader.assign(&list)?;
        let (mut newest, mut heard) = (None, Instant::now());
        while heard.elapsed() < SILENCE {
            let Some(native) = reader.poll(Duration::from_millis(100)) else { continue };
            // The client mends its errors itself, or goes on being silent.
            let Ok(native) = native else { continue };
            heard = Instant::now();
            let offset = unsigned(native.offset());
            if offset < self.before && native.key() == Some(key.as_bytes()) {
                newest = Some(message::read(&native));
            }
            // What comes after the last one may have been compacted away.
            if offset + 1 >= self.before {
                return Ok(newest);
            }
        }
        Err(KafkaError::Global(rdkafka::error::RDKafkaErrorCode::OperationTimedOut))
    }
}
