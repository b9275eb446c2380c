//! The trait behind which a log stands.

use async_trait::async_trait;
use fx_domain::clock::Timestamp;

use crate::{StreamError, Topic};

/// What is appended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Messages with one key keep one order. A compacted topic keeps the newest of each.
    pub key: Option<String>,
    /// Names and values, such as where a replayed batch comes from.
    pub headers: Vec<(String, String)>,
    /// The message.
    pub payload: Vec<u8>,
}

impl Record {
    /// The value of the first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }
}

/// A record with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The partition of the topic.
    pub partition: u32,
    /// The place in the partition: each is greater than the one before.
    pub offset: u64,
    /// When it was appended.
    pub at: Timestamp,
    /// What was appended.
    pub record: Record,
}

/// A partition that a consumer has been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The partition.
    pub partition: u32,
    /// The offset after the last committed one; `None` where the group has committed nothing yet.
    pub committed: Option<u64>,
}

/// What a consumer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Partitions that are this consumer's from now on. Always comes before any message of theirs.
    Assigned(Vec<Assigned>),
    /// Partitions that are no longer this consumer's.
    Revoked(Vec<u32>),
    /// Messages in the order of their partition, at least one.
    Messages(Vec<Message>),
}

/// Where a follower begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest message there is.
    Beginning,
    /// After the newest message there is.
    End,
    /// At these offsets, by partition; partitions that are not named begin at their end.
    At(Vec<(u32, u64)>),
}

/// How far a group is in one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionPosition {
    /// The partition.
    pub partition: u32,
    /// The offset after the last committed one.
    pub committed: Option<u64>,
    /// The offset that the next message will have.
    pub end: u64,
}

/// An append-only log of topics, at least once, with consumer groups.
#[async_trait]
pub trait Log: Send + Sync {
    /// Appends in the given order; once this returns, the records are kept.
    async fn publish(&self, topic: Topic, records: Vec<Record>) -> Result<(), StreamError>;

    /// Joins a consumer group.
    async fn subscribe(&self, group: &str, topic: Topic) -> Result<Box<dyn Consumer>, StreamError>;

    /// Reads every partition, without a group. [`StreamError::Gone`] where retention has removed the wanted offset.
    async fn follow(&self, topic: Topic, start: Start) -> Result<Box<dyn Follower>, StreamError>;

    /// The newest message with that key.
    async fn newest(&self, topic: Topic, key: &str) -> Result<Option<Message>, StreamError>;

    /// How far a group is in each partition of a topic.
    async fn positions(&self, group: &str, topic: Topic) -> Result<Vec<PartitionPosition>, StreamError>;
}

/// A member of a consumer group.
#[async_trait]
pub trait Consumer: Send {
    /// Waits for the next news. Loses nothing when it is dropped while waiting.
    async fn next(&mut self) -> Result<Delivery, StreamError>;

    /// Says that everything before `offset` has had its effect.
    async fn commit(&mut self, partition: u32, offset: u64) -> Result<(), StreamError>;

    /// Goes on from `offset`, whatever was committed.
    async fn seek(&mut self, partition: u32, offset: u64) -> Result<(), StreamError>;
}

/// A reader without a group.
#[async_trait]
pub trait Follower: Send {
    /// Waits for messages, at least one. Loses nothing when it is dropped while waiting.
    async fn next(&mut self) -> Result<Vec<Message>, StreamError>;

    /// The offsets that come next, by partition.
    fn positions(&self) -> Vec<(u32, u64)>;
}
