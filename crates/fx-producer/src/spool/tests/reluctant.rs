//! A log in memory that hangs when it is told to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fx_domain::batch::Batch;
use fx_domain::clock::Timestamp;
use fx_stream::message::Payload;
use fx_stream::{Consumer, Follower, Log, Message, PartitionPosition, Record, Start, StreamError, Topic};
use parking_lot::Mutex;
use tokio::sync::watch;

/// A log in memory. While it is away, who asks it waits.
pub(super) struct Reluctant {
    pub(super) is_there: watch::Sender<bool>,
    /// Whether it takes what it is given and never says so.
    pub(super) loses_answers: AtomicBool,
    taken: Mutex<Vec<Record>>,
    appended: watch::Sender<usize>,
}

impl Reluctant {
    pub(super) fn new(is_there: bool) -> Self {
        Self {
            is_there: watch::Sender::new(is_there),
            loses_answers: AtomicBool::new(false),
            taken: Mutex::default(),
            appended: watch::Sender::new(0),
        }
    }

    async fn wait(&self) {
        self.is_there.subscribe().wait_for(|is_there| *is_there).await.expect("the log lives");
    }

    /// Waits until so many were taken.
    pub(super) async fn has(&self, count: usize) {
        let mut appended = self.appended.subscribe();
        let waited = tokio::time::timeout(Duration::from_mins(10), appended.wait_for(|have| *have >= count)).await;
        assert!(waited.is_ok(), "waited in vain for {count}, have {:?}", self.seconds("a"));
    }

    /// The times of the batches of a source, in the order of the log.
    pub(super) fn seconds(&self, source: &str) -> Vec<i64> {
        let taken = self.taken.lock();
        let batches = taken.iter().map(|record| Batch::decode(&record.payload).expect("a batch"));
        batches.filter(|batch| batch.source.as_str() == source).map(|batch| batch.source_ts.timestamp()).collect()
    }
}

#[async_trait]
impl Log for Reluctant {
    async fn publish(&self, _topic: Topic, records: Vec<Record>) -> Result<(), StreamError> {
        self.wait().await;
        self.taken.lock().extend(records);
        let count = self.taken.lock().len();
        self.appended.send_replace(count);
        if self.loses_answers.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn newest(&self, _topic: Topic, key: &str) -> Result<Option<Message>, StreamError> {
        self.wait().await;
        let newest = self.taken.lock().iter().rfind(|record| record.key.as_deref() == Some(key)).cloned();
        Ok(newest.map(|record| Message { partition: 0, offset: 0, at: Timestamp::UNIX_EPOCH, record }))
    }

    async fn check(&self) -> Result<(), StreamError> {
        self.wait().await;
        Ok(())
    }

    async fn subscribe(&self, _group: &str, _topic: Topic) -> Result<Box<dyn Consumer>, StreamError> {
        unreachable!("the producer reads by key only")
    }

    async fn follow(&self, _topic: Topic, _start: Start) -> Result<Box<dyn Follower>, StreamError> {
        unreachable!("the producer reads by key only")
    }

    async fn positions(&self, _group: &str, _topic: Topic) -> Result<Vec<PartitionPosition>, StreamError> {
        unreachable!("the producer is in no group")
    }

    async fn partitions(&self, _topic: Topic) -> Result<u32, StreamError> {
        unreachable!("keys decide")
    }

    async fn move_group(&self, _: &str, _: Topic, _: Start) -> Result<Vec<PartitionPosition>, StreamError> {
        unreachable!("the producer is in no group")
    }
}
