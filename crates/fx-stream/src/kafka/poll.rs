//! The poll thread of a member. It polls whatever the consumer is busy with, so that a slow sink never leaves its group.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::desk::{Desk, Target};
use super::group::{Context, signed, unsigned};
use super::message;
use crate::error::kafka_reason;
use crate::{Assigned, StreamError, metrics};

/// Messages taken from the client before anything else is looked after.
const AT_A_TIME: usize = 64;
/// The client also answers with nothing when it has dealt with an event of its own: only so many in a row mean that its
/// queue is empty, and that it will ring when there is more.
const NOTHING: u32 = 4;
/// How often to look around while nobody rings.
const LOOK_AROUND: Duration = Duration::from_millis(100);
const COMMIT_EVERY: Duration = Duration::from_millis(500);
/// How long a full desk is waited for before fetching is paused: pausing throws away what was fetched ahead.
const FULL: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(5);
const TRY_AGAIN: Duration = Duration::from_millis(200);

pub(super) struct Poller {
    consumer: BaseConsumer<Context>,
    desk: Desk,
    commit_at: Instant,
    announce_at: Instant,
    full_since: Option<Instant>,
    is_paused: bool,
    /// The last error, so that it is said once.
    said: Option<RDKafkaErrorCode>,
}

impl Poller {
    pub(super) fn new(consumer: BaseConsumer<Context>, desk: Desk) -> Self {
        let now = Instant::now();
        Self { consumer, desk, commit_at: now, announce_at: now, full_since: None, is_paused: false, said: None }
    }

    /// Polls until the consumer is closed, and leaves the group.
    pub(super) fn run(mut self) {
        while !self.desk.is_closing() {
            self.announce();
            self.commit();
            if !self.has_room() {
                continue;
            }
            if !self.is_paused {
                self.seek();
            }
            match self.poll() {
                Ok(true) => {}
                Ok(false) => self.desk.bell().wait(LOOK_AROUND),
                Err(error) => {
                    self.desk.fail(error);
                    break;
                }
            }
        }
        let desk = self.desk.clone();
        desk.close();
        // Gives up what it holds, which keeps what was committed, and leaves the group.
        drop(self);
        desk.end();
    }

    /// Takes what is there; false where nothing is.
    fn poll(&mut self) -> Result<bool, StreamError> {
        let mut nothing = 0;
        for _ in 0..AT_A_TIME {
            match self.consumer.poll(Duration::ZERO) {
                None if nothing == NOTHING => return Ok(false),
                None => nothing += 1,
                Some(Ok(native)) => {
                    (self.said, nothing) = (None, 0);
                    let missing = self.desk.put(message::read(&native));
                    if missing > 0 {
                        self.lament(missing);
                    }
                    if !self.desk.has_room() {
                        break;
                    }
                }
                Some(Err(error)) => self.endure(&error)?,
            }
        }
        Ok(true)
    }

    /// Retention was faster than the group.
    fn lament(&self, missing: u64) {
        let context = self.consumer.context();
        tracing::error!(
            group = context.group,
            topic = context.topic,
            missing,
            "messages were removed before they were read"
        );
        metrics::skipped(&context.group, missing);
    }

    /// The client mends most errors itself.
    fn endure(&mut self, error: &KafkaError) -> Result<(), StreamError> {
        let code = error.rdkafka_error_code();
        let is_refused = matches!(
            code,
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::GroupAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed
                    | RDKafkaErrorCode::Fatal
            )
        );
        metrics::kafka_error(code);
        let context = self.consumer.context();
        if is_refused || matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            return Err(StreamError::kafka(&format!("read {} for {}", context.topic, context.group), error));
        }
        if self.said != code {
            tracing::warn!(group = context.group, topic = context.topic, error = kafka_reason(error), "reading waits");
            self.said = code;
        }
        Ok(())
    }

    /// Tells the consumer of partitions that are new, once it is known what was committed.
    fn announce(&mut self) {
        let partitions = self.desk.unannounced();
        if partitions.is_empty() || Instant::now() < self.announce_at {
            return;
        }
        match self.committed(&partitions) {
            Ok(committed) => self.desk.announce(committed),
            Err(error) => {
                tracing::debug!(%error, "committed offsets are not known yet");
                metrics::kafka_error(error.rdkafka_error_code());
                self.announce_at = Instant::now() + TRY_AGAIN;
            }
        }
    }

    fn committed(&self, partitions: &[u32]) -> Result<Vec<Assigned>, KafkaError> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&self.consumer.context().topic, signed(*partition));
        }
        let list = self.consumer.committed_offsets(list, ANSWER)?;
        let of = |(element, partition): (rdkafka::topic_partition_list::TopicPartitionListElem<'_>, &u32)| {
            element.error()?;
            let committed = match element.offset() {
                Offset::Offset(offset) => Some(unsigned(offset)),
                _ => None,
            };
            Ok(Assigned { partition: *partition, committed })
        };
        list.elements().into_iter().zip(partitions).map(of).collect()
    }

    fn commit(&mut self) {
        if Instant::now() >= self.commit_at {
            self.commit_at = Instant::now() + COMMIT_EVERY;
            let offsets = self.desk.take_commits(None);
            self.consumer.context().commit(&self.consumer, &offsets, CommitMode::Async);
        }
    }

    /// Waits for room on the desk for a while; then pauses, so that polling can go on without it.
    fn has_room(&mut self) -> bool {
        if self.desk.has_room() {
            self.full_since = None;
            if std::mem::take(&mut self.is_paused) {
                self.flow(BaseConsumer::resume);
            }
            return true;
        }
        let since = *self.full_since.get_or_insert_with(Instant::now);
        let left = FULL.saturating_sub(since.elapsed());
        if left.is_zero() && !self.is_paused {
            self.flow(BaseConsumer::pause);
            self.is_paused = true;
        }
        if !left.is_zero() {
            self.desk.bell().wait(left.min(COMMIT_EVERY));
        }
        self.is_paused
    }

    fn flow(&self, change: impl Fn(&BaseConsumer<Context>, &TopicPartitionList) -> Result<(), KafkaError>) {
        let mut list = TopicPartitionList::new();
        for partition in self.desk.flowing() {
            list.add_partition(&self.consumer.context().topic, signed(partition));
        }
        if let Err(error) = change(&self.consumer, &list) {
            tracing::debug!(%error, "the flow is not changed");
        }
    }

    /// Goes where the consumer wants to be. A client that has only just been given the partition refuses: again then.
    fn seek(&self) {
        for (partition, target) in self.desk.seeks() {
            let topic = &self.consumer.context().topic;
            let mut list = TopicPartitionList::new();
            list.add_partition(topic, signed(partition));
            let offset = match target {
                Target::Oldest => Offset::Beginning,
                Target::Offset(offset) => Offset::Offset(i64::try_from(offset).unwrap_or(i64::MAX)),
            };
            // First let it flow, since a client goes on from where it was paused.
            let done = self.consumer.resume(&list);
            match done.and_then(|()| self.consumer.seek(topic, signed(partition), offset, ANSWER)) {
                Ok(()) => self.desk.sought(partition, target),
                Err(error) => {
                    tracing::debug!(partition, %error, "not sought yet");
                    self.desk.bell().wait(Duration::from_millis(5));
                }
            }
        }
    }
}
