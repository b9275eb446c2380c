//! Between the feeds and the log: bounded, in order, patient.
//!
//! Feeds put their batches here and never wait. One [`Drain`] hands them to the log, in order. While the log answers,
//! nothing touches a disk; where it does not, what waits and all that follows goes to a [`Disk`] until it does, and
//! survives the process.

mod disk;
mod drain;
mod publish;
mod room;
#[cfg(test)]
mod tests;
mod under_way;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use fx_config::Settings;
use fx_domain::batch::Batch;
use fx_domain::feed::Source;
use fx_service::HealthHandle;
use fx_stream::message::{TRACEPARENT, rates_record};
use fx_stream::{Log, Record};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::metrics;
pub(crate) use disk::{Disk, Spooled};
use drain::Drain;
pub(crate) use publish::publish;
use room::Rooms;

/// As many batches of each feed wait in memory: an hour of a busy stream, years of a table.
const IN_MEMORY: usize = 8192;

/// Where batches wait on disk.
pub(crate) fn folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("spool")
}

/// Where a feed puts its batches. It never waits: a feed that does would lose its connection.
#[derive(Clone)]
pub(crate) struct Spool {
    source: Source,
    sender: mpsc::Sender<Record>,
    rooms: Arc<Rooms>,
    trouble: Trouble,
}

/// Why the log does not take batches at present.
type Trouble = Arc<Mutex<Option<String>>>;

/// No room: the batch was counted as dropped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The disk to fall back on, and who hears of it.
pub(crate) struct Fallback {
    pub(crate) disk: Disk,
    pub(crate) health: HealthHandle,
}

/// Spools for these sources, each with an equal part of `most_bytes`, and the drain of all of them, which ends once all
/// of them are dropped.
pub(crate) fn spools(
    sources: impl IntoIterator<Item = Source>,
    most_bytes: u64,
    log: Arc<dyn Log>,
    fallback: Option<Fallback>,
    shutdown: CancellationToken,
) -> (BTreeMap<Source, Spool>, Drain) {
    let rooms = Arc::new(Rooms::new(sources, most_bytes));
    let (sender, receiver) = mpsc::channel(IN_MEMORY * rooms.count().max(1));
    let trouble = Trouble::default();
    let spool = |source: &Source| Spool {
        source: source.clone(),
        sender: sender.clone(),
        rooms: Arc::clone(&rooms),
        trouble: Arc::clone(&trouble),
    };
    let spools = rooms.sources().map(|source| (source.clone(), spool(source))).collect();
    (spools, Drain::new(log, fallback, receiver, rooms, trouble, shutdown))
}

impl Spool {
    /// Takes a batch of the fetch that `traceparent` names, or counts it as dropped.
    pub(crate) fn put(&self, batch: &Batch, traceparent: Option<String>) -> Result<(), Full> {
        let record = rates_record(batch).inspect_err(|error| {
            tracing::error!(source = %self.source, %error, "batch cannot be written as a message");
            metrics::dropped(&self.source, "unwritable", 1);
        });
        // What cannot be written can never be: it is no matter of room.
        let Ok(mut record) = record else { return Ok(()) };
        record.headers.extend(traceparent.map(|value| (TRACEPARENT.to_owned(), value)));
        self.put_record(record)
    }

    /// The same of a record.
    pub(crate) fn put_record(&self, record: Record) -> Result<(), Full> {
        let put = self.rooms.take(&record) && self.sender.try_send(record).inspect_err(|e| self.give_back(e)).is_ok();
        if put {
            return Ok(());
        }
        metrics::dropped(&self.source, "spool_full", 1);
        Err(Full)
    }

    fn give_back(&self, error: &mpsc::error::TrySendError<Record>) {
        let (mpsc::error::TrySendError::Full(record) | mpsc::error::TrySendError::Closed(record)) = error;
        self.rooms.give_back(record);
    }

    /// Why the log does not take the feed's batches at present.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }
}
