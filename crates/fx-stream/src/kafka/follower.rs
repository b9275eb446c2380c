//! Reading every partition without a group.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{Consumer as _, ConsumerContext, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;
use rdkafka::{Offset, TopicPartitionList};

use super::desk::MOST_BYTES;
use super::group::signed;
use super::health::{self, Reachability};
use super::{KafkaLog, ask, client, message};
use crate::error::kafka_reason;
use crate::{Follower, Message, Start, StreamError, Topic, metrics};

const MOST_MESSAGES: usize = 256;

/// What a follower's client tells.
struct Context(Reachability);

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        health::log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.failed(&error, reason);
    }
}

impl ConsumerContext for Context {}

pub(super) struct Reader {
    log: KafkaLog,
    topic: Topic,
    name: Arc<str>,
    consumer: StreamConsumer<Context>,
    next: BTreeMap<u32, u64>,
    /// What came after messages that were handed over.
    failure: Option<KafkaError>,
}

/// Begins to follow a topic.
pub(super) async fn follow(log: &KafkaLog, topic: Topic, start: Start) -> Result<Reader, StreamError> {
    let name: Arc<str> = log.name(topic).into();
    let (asked, wanted) = (log.clone(), Arc::clone(&name));
    let next = ask::off_thread(move || begin(&asked, topic, &wanted, &start)).await?;
    let consumer = connect(log, topic, &name, &next).map_err(|error| StreamError::kafka("follow", &error))?;
    Ok(Reader { log: log.clone(), topic, name, consumer, next, failure: None })
}

fn begin(log: &KafkaLog, topic: Topic, name: &str, start: &Start) -> Result<BTreeMap<u32, u64>, StreamError> {
    let extents = ask::extents(log.producer().native().client(), name)?;
    let mut next: BTreeMap<u32, u64> = extents.iter().map(|extent| (extent.partition, extent.end)).collect();
    for (partition, offset) in ask::starts(log.settings(), name, &extents, start)? {
        let Some(extent) = extents.iter().find(|extent| extent.partition == partition) else { continue };
        if offset < extent.oldest && !topic.is_compacted() {
            return Err(StreamError::Gone { topic, wanted: offset, oldest: extent.oldest });
        }
        next.insert(partition, offset);
    }
    Ok(next)
}

fn connect(
    log: &KafkaLog,
    topic: Topic,
    name: &str,
    next: &BTreeMap<u32, u64>,
) -> Result<StreamConsumer<Context>, KafkaError> {
    let mut config = client::reader(log.settings(), "fx-reader");
    config.set("statistics.interval.ms", "0");
    // Of a compacted topic older messages are gone by design; elsewhere a reader must know that it missed some.
    config.set("auto.offset.reset", if topic.is_compacted() { "earliest" } else { "error" });
    let consumer: StreamConsumer<Context> = config.create_with_context(Context(log.reachability()))?;
    let mut list = TopicPartitionList::new();
    for (partition, offset) in next {
        let offset = Offset::Offset(i64::try_from(*offset).unwrap_or(i64::MAX));
        list.add_partition_offset(name, signed(*partition), offset)?;
    }
    consumer.assign(&list)?;
    Ok(consumer)
}

#[async_trait]
impl Follower for Reader {
    async fn next(&mut self) -> Result<Vec<Message>, StreamError> {
        loop {
            let first = match self.failure.take() {
                Some(failure) => Err(failure),
                None => self.consumer.recv().await.map(|native| message::read(&native)),
            };
            match first {
                Ok(first) => return Ok(self.with_what_is_there(first)),
                Err(error) => self.endure(&error).await?,
            }
        }
    }

    fn positions(&self) -> Vec<(u32, u64)> {
        self.next.iter().map(|(partition, next)| (*partition, *next)).collect()
    }
}

impl Reader {
    fn with_what_is_there(&mut self, first: Message) -> Vec<Message> {
        let (mut bytes, mut messages) = (first.record.payload.len(), vec![first]);
        while messages.len() < MOST_MESSAGES && bytes < MOST_BYTES {
            match self.consumer.recv().now_or_never() {
                None => break,
                Some(Ok(native)) => {
                    let message = message::read(&native);
                    bytes += message.record.payload.len();
                    messages.push(message);
                }
                Some(Err(error)) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        for message in &messages {
            self.next.insert(message.partition, message.offset + 1);
        }
        messages
    }

    /// The client mends most errors itself.
    async fn endure(&self, error: &KafkaError) -> Result<(), StreamError> {
        use RDKafkaErrorCode as Code;
        let code = error.rdkafka_error_code();
        metrics::kafka_error(code);
        match code {
            Some(Code::AutoOffsetReset | Code::OffsetOutOfRange) => self.gone().await,
            Some(Code::TopicAuthorizationFailed | Code::UnknownTopicOrPartition | Code::Fatal) => {
                Err(StreamError::kafka(&format!("follow {}", self.name), error))
            }
            _ => {
                tracing::debug!(topic = &*self.name, error = kafka_reason(error), "following waits");
                Ok(())
            }
        }
    }

    /// Which partition has lost what comes next.
    async fn gone(&self) -> Result<(), StreamError> {
        let (log, name) = (self.log.clone(), Arc::clone(&self.name));
        let extents = ask::off_thread(move || ask::extents(log.producer().native().client(), &name)).await?;
        let outside = extents.iter().find_map(|extent| {
            let wanted = *self.next.get(&extent.partition)?;
            (wanted < extent.oldest || wanted > extent.end).then_some((wanted, extent.oldest))
        });
        let (wanted, oldest) = outside.unwrap_or_default();
        Err(StreamError::Gone { topic: self.topic, wanted, oldest })
    }
}
