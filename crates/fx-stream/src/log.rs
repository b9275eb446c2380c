//! The trait behind which a log stands.

use async_trait::async_trait;
use bytes::Bytes;
use fx_domain::clock::Timestamp;

use crate::{StreamError, Topic};

/// What is appended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Messages with one key keep one order. A compacted topic keeps the newest of each.
    pub key: Option<String>,
    /// The partition to append to, where the key must not decide. Records without either go anywhere. What was read has
    /// `None` here: its partition is the message's.
    pub partition: Option<u32>,
    /// Names and values, such as where a replayed batch comes from.
    pub headers: Vec<(String, String)>,
    /// The message; cheap to clone.
    pub payload: Bytes,
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

/// Where a follower begins, or a group goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest message there is.
    Beginning,
    /// After the newest message there is.
    End,
    /// At these offsets, by partition; partitions that are not named begin at their end.
    At(Vec<(u32, u64)>),
    /// At the first message of each partition that was appended at this time or later.
    Since(Timestamp),
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
    /// Appends in the given order; once this returns, the records are kept. It waits while the log does not answer, and
    /// fails only where trying longer would not help. After a failure, or when it is dropped, some of the records may
    /// be kept all the same.
    async fn publish(&self, topic: Topic, records: Vec<Record>) -> Result<(), StreamError>;

    /// Joins a consumer group.
    async fn subscribe(&self, group: &str, topic: Topic) -> Result<Box<dyn Consumer>, StreamError>;

    /// Reads every partition, without a group. [`StreamError::Gone`] where retention has removed the wanted offset.
    async fn follow(&self, topic: Topic, start: Start) -> Result<Box<dyn Follower>, StreamError>;

    /// The newest message with that key.
    async fn newest(&self, topic: Topic, key: &str) -> Result<Option<Message>, StreamError>;

    /// How many partitions a topic has, numbered from 0.
    async fn partitions(&self, topic: Topic) -> Result<u32, StreamError>;

    /// How far a group is in each partition of a topic.
    async fn positions(&self, group: &str, topic: Topic) -> Result<Vec<PartitionPosition>, StreamError>;

    /// Lets a group without members go on from `to` in every partition that it names; answers where the group is then.
    /// [`StreamError::GroupActive`] where it has members.
    async fn move_group(&self, group: &str, topic: Topic, to: Start) -> Result<Vec<PartitionPosition>, StreamError>;

    /// Asks whether the log is there and its topics are as wanted.
    async fn check(&self) -> Result<(), StreamError>;

    /// Why the log does not answer at present, where it does not. Asks nobody.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// A member of a consumer group.
#[async_trait]
pub trait Consumer: Send {
    /// Waits for the next news. Loses nothing when it is dropped while waiting.
    async fn next(&mut self) -> Result<Delivery, StreamError>;

    /// Notes that everything before `offset` has had its effect. It is kept soon, at the latest when the partition is
    /// given up or the consumer closed: a crash may bring the last second's messages again. Says nothing of a
    /// partition that is no longer this consumer's.
    async fn commit(&mut self, partition: u32, offset: u64) -> Result<(), StreamError>;

    /// Goes on from `offset`, whatever was committed: no message from before this call comes after it.
    async fn seek(&mut self, partition: u32, offset: u64) -> Result<(), StreamError>;

    /// Keeps what was committed and leaves the group at once, so that others need not wait for this member.
    async fn close(self: Box<Self>) -> Result<(), StreamError>;
}

/// A reader without a group.
#[async_trait]
pub trait Follower: Send {
    /// Waits for messages, at least one. Loses nothing when it is dropped while waiting.
    async fn next(&mut self) -> Result<Vec<Message>, StreamError>;

    /// The offsets that come next, by partition.
    fn positions(&self) -> Vec<(u32, u64)>;
}
