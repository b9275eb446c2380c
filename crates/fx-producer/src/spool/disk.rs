//! What waits on disk: the embedded log again, in a SQLite file of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fx_domain::batch::Batch;
use fx_domain::clock::{Clock, Timestamp};
use fx_domain::feed::Source;
use fx_sqlite::Sqlite;
use fx_stream::embedded::EmbeddedLog;
use fx_stream::message::Payload;
use fx_stream::{Consumer, Delivery, Log, Message, Record, Start, StreamError, Topic};

/// Reads for the real log.
const GROUP: &str = "spool";

/// The spool on disk, as its drain uses it.
pub(crate) struct Disk {
    spooled: Spooled,
    consumer: Box<dyn Consumer>,
    /// Before this the log has everything.
    consumed: u64,
    /// What is read next.
    next: u64,
    /// What is written next.
    end: u64,
}

/// A look at the spool on disk. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Spooled(EmbeddedLog);

impl Disk {
    /// Opens the spool in `folder`, made where it does not exist.
    pub(crate) async fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, StreamError> {
        let log = EmbeddedLog::try_new(Sqlite::open(folder)?, clock)?;
        let spooled = Spooled(log);
        let (next, end) = spooled.waiting().await?;
        let consumer = spooled.0.subscribe(GROUP, Topic::Rates).await?;
        Ok(Self { spooled, consumer, consumed: next, next, end })
    }

    pub(crate) fn spooled(&self) -> Spooled {
        self.spooled.clone()
    }

    /// Whether nothing is left to be read.
    pub(super) fn is_empty(&self) -> bool {
        self.next >= self.end
    }

    /// How many batches a kill would leave to the next life.
    pub(super) fn batches(&self) -> u64 {
        self.end.saturating_sub(self.consumed)
    }

    /// Appends, and answers the offset after it.
    pub(super) async fn append(&mut self, records: Vec<Record>) -> Result<u64, StreamError> {
        let count = records.len() as u64;
        self.spooled.0.publish(Topic::Rates, records).await?;
        self.end += count;
        Ok(self.end)
    }

    /// What is next, at least one, where it is not empty.
    pub(super) async fn read(&mut self) -> Result<Vec<Message>, StreamError> {
        loop {
            if let Delivery::Messages(messages) = self.consumer.next().await? {
                self.next = messages.last().map_or(self.next, |last| last.offset + 1);
                return Ok(messages);
            }
        }
    }

    /// Reads on from `offset`: what is before it is under way.
    pub(super) async fn skip_to(&mut self, offset: u64) -> Result<(), StreamError> {
        self.consumer.seek(0, offset).await?;
        self.next = offset;
        Ok(())
    }

    /// The log has everything before `offset`.
    pub(super) async fn consumed(&mut self, offset: u64) -> Result<(), StreamError> {
        self.consumer.commit(0, offset).await?;
        self.consumed = offset;
        while self.spooled.0.prune(Topic::Rates, Timestamp::MAX_UTC).await? > 0 {}
        Ok(())
    }

    /// Shows everything that is still to be read, oldest first.
    pub(super) async fn each(&mut self, mut look: impl FnMut(&Message)) -> Result<(), StreamError> {
        let mut follower = self.spooled.0.follow(Topic::Rates, Start::At(vec![(0, self.next)])).await?;
        while follower.positions().iter().any(|(_, next)| *next < self.end) {
            follower.next().await?.iter().for_each(&mut look);
        }
        Ok(())
    }

    /// Up to which offset the log has each source already, given its newest message of each: an earlier life may have
    /// died after it was taken, and before that was noted.
    pub(super) async fn delivered(
        &mut self,
        newest: &BTreeMap<String, Record>,
    ) -> Result<BTreeMap<String, u64>, StreamError> {
        let mut delivered = BTreeMap::new();
        self.each(|message| {
            let Some(key) = &message.record.key else { return };
            if newest.get(key).is_some_and(|newest| newest.payload == message.record.payload) {
                delivered.insert(key.clone(), message.offset);
            }
        })
        .await?;
        Ok(delivered)
    }
}

impl Spooled {
    /// Where reading goes on, and the end.
    pub(super) async fn waiting(&self) -> Result<(u64, u64), StreamError> {
        let positions = self.0.positions(GROUP, Topic::Rates).await?;
        Ok(positions.first().map_or((0, 0), |at| (at.committed.unwrap_or(0), at.end)))
    }

    /// The newest batch of a feed that waits here: what the log will hold of it last.
    pub(crate) async fn last_word(&self, source: &Source) -> Result<Option<Batch>, StreamError> {
        let (next, _) = self.waiting().await?;
        let newest = self.0.newest(Topic::Rates, source.as_str()).await?;
        let newest = newest.filter(|message| message.offset >= next);
        newest.map(|message| Batch::decode(&message.record.payload)).transpose()
    }
}
