//! What a member's client tells: rebalances, the outcome of commits, statistics, errors.

use std::time::{Duration, Instant};

use metrics::Gauge;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, Statistics, TopicPartitionList};

use super::desk::Desk;
use super::health::{self, Reachability};
use crate::{lag, metrics as counted};

/// How long a rebalance waits for a member that is still at work with what it is to give up.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a coordinator that is busy is asked to keep offsets.
const BUSY: Duration = Duration::from_secs(2);
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// The group's end of a client.
pub(super) struct Context {
    pub(super) group: String,
    /// The topic's name in Kafka.
    pub(super) topic: String,
    pub(super) desk: Desk,
    pub(super) reachability: Reachability,
    pub(super) lag: Gauge,
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        health::log(level, facility, line);
    }

    fn stats(&self, statistics: Statistics) {
        let Some(topic) = statistics.topics.get(&self.topic) else { return };
        let fetched = topic.partitions.values().filter(|partition| partition.fetch_state == "active");
        let behind = fetched.map(|partition| {
            let done = partition.committed_offset.max(partition.lo_offset).max(0);
            u64::try_from(partition.hi_offset - done).unwrap_or(0)
        });
        lag::tell(&self.lag, behind.sum());
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.reachability.failed(&error, reason);
    }
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let Rebalance::Revoke(revoked) = rebalance else { return };
        let (partitions, are_lost) = (numbers(revoked), consumer.assignment_lost());
        if partitions.is_empty() {
            return;
        }
        counted::rebalanced(&self.group, if are_lost { "lost" } else { "revoked" });
        tracing::info!(group = self.group, topic = self.topic, ?partitions, are_lost, "partitions go");
        self.desk.revoke(&partitions, are_lost, FAREWELL);
        if !are_lost {
            self.commit(consumer, &self.desk.take_commits(Some(&partitions)), CommitMode::Sync);
        }
        self.desk.forget(&partitions);
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let Rebalance::Assign(assigned) = rebalance else { return };
        let partitions = numbers(assigned);
        if partitions.is_empty() {
            return;
        }
        // Whether or not this works: what comes before the consumer is ready is refused, and fetched again.
        if let Err(error) = consumer.pause(assigned) {
            tracing::debug!(%error, "new partitions are not paused");
        }
        counted::rebalanced(&self.group, "assigned");
        tracing::info!(group = self.group, topic = self.topic, ?partitions, "partitions come");
        self.desk.assigned(&partitions);
    }

    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        if let Err(error) = result {
            self.not_committed(&error);
            for element in offsets.elements() {
                if let (Ok(partition), Offset::Offset(offset)) = (u32::try_from(element.partition()), element.offset())
                {
                    self.desk.commit_again(partition, unsigned(offset));
                }
            }
        }
    }
}

impl Context {
    /// Commits; what fails later comes to `commit_callback`.
    pub(super) fn commit(&self, consumer: &BaseConsumer<Self>, offsets: &[(u32, u64)], mode: CommitMode) {
        if offsets.is_empty() {
            return;
        }
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for (partition, offset) in offsets {
            let offset = Offset::Offset(i64::try_from(*offset).unwrap_or(i64::MAX));
            if let Err(error) = list.add_partition_offset(&self.topic, signed(*partition), offset) {
                self.not_committed(&error);
            }
        }
        if let Err(error) = commit_patiently(consumer, &list, mode) {
            self.not_committed(&error);
            for (partition, offset) in offsets {
                self.desk.commit_again(*partition, *offset);
            }
        }
    }

    fn not_committed(&self, error: &KafkaError) {
        counted::kafka_error(error.rdkafka_error_code());
        tracing::info!(group = self.group, %error, "offsets are not committed");
    }
}

/// Tries again for a moment where the group's coordinator is only busy: what is given up must not come twice.
fn commit_patiently(
    consumer: &BaseConsumer<Context>,
    list: &TopicPartitionList,
    mode: CommitMode,
) -> Result<(), KafkaError> {
    let begun = Instant::now();
    loop {
        match consumer.commit(list, mode) {
            Err(error) if is_busy(&error) && begun.elapsed() < BUSY => std::thread::sleep(TRY_AGAIN),
            outcome => return outcome,
        }
    }
}

fn is_busy(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let busy = [
        Code::RebalanceInProgress,
        Code::CoordinatorLoadInProgress,
        Code::CoordinatorNotAvailable,
        Code::NotCoordinator,
    ];
    error.rdkafka_error_code().is_some_and(|code| busy.contains(&code))
}

pub(super) fn numbers(list: &TopicPartitionList) -> Vec<u32> {
    list.elements().iter().filter_map(|element| u32::try_from(element.partition()).ok()).collect()
}

/// A partition's number as the client wants it.
pub(super) fn signed(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}

pub(super) fn unsigned(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}
