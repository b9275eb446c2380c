//! Between a feed and the log: bounded, in order, patient.

use std::sync::Arc;
use std::time::Duration;

use fx_domain::batch::Batch;
use fx_domain::feed::Source;
use fx_stream::message::rates_record;
use fx_stream::{Log, Record, StreamError, Topic};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::backoff::{Backoff, jitter};
use crate::metrics;

/// As many batches wait for the log: an hour of a busy stream, years of a table.
const ROOM: usize = 8192;
/// As many go into the log at once.
const CHUNK: usize = 256;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(15) };
/// How often a log that does not answer is tried once the program is stopping.
const LAST_TRIES: u32 = 3;

/// Where a feed puts its batches. It never waits: a feed that does would lose its connection.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    source: Source,
    sender: mpsc::Sender<Batch>,
    trouble: Trouble,
}

/// What the log said last, where it did not take a batch.
type Trouble = Arc<Mutex<Option<String>>>;

/// The other end, which hands the batches to the log.
pub(crate) struct Drain {
    source: Source,
    receiver: mpsc::Receiver<Batch>,
    trouble: Trouble,
}

/// A spool for one feed.
pub(crate) fn spool(source: &Source) -> (Spool, Drain) {
    spool_with_room(source, ROOM)
}

fn spool_with_room(source: &Source, room: usize) -> (Spool, Drain) {
    let (sender, receiver) = mpsc::channel(room);
    let trouble = Trouble::default();
    let drain = Drain { source: source.clone(), receiver, trouble: trouble.clone() };
    (Spool { source: source.clone(), sender, trouble }, drain)
}

/// The spool is full: the batch was counted as dropped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Spool {
    /// Takes a batch, or counts it as dropped.
    pub(crate) fn put(&self, batch: Batch) -> Result<(), Full> {
        let put = self.sender.try_send(batch).map_err(|_| Full);
        if put.is_err() {
            metrics::dropped(&self.source, "spool_full", 1);
        }
        metrics::spooled(&self.source, self.sender.max_capacity() - self.sender.capacity());
        put
    }

    /// Why the log does not take the feed's batches at present.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }
}

impl Drain {
    /// Hands over batch after batch, until the feed has ended and all is handed over.
    pub(crate) async fn run(mut self, log: Arc<dyn Log>, shutdown: CancellationToken) {
        let mut batches = Vec::with_capacity(CHUNK);
        while self.receiver.recv_many(&mut batches, CHUNK).await > 0 {
            let records: Vec<Record> = batches.drain(..).filter_map(|batch| self.encode(&batch)).collect();
            let count = records.len();
            match publish(&*log, &self.source, records, &shutdown, |error| self.tell(Some(error))).await {
                Ok(()) => metrics::published(&self.source, count),
                Err(error) => {
                    tracing::error!(source = %self.source, count, %error, "stopping with batches that the log did not take");
                    metrics::dropped(&self.source, "stopping", count);
                }
            }
            self.tell(None);
            metrics::spooled(&self.source, self.receiver.len());
        }
    }

    fn tell(&self, error: Option<&StreamError>) {
        *self.trouble.lock() = error.map(ToString::to_string);
    }

    fn encode(&self, batch: &Batch) -> Option<Record> {
        rates_record(batch)
            .inspect_err(|error| {
                tracing::error!(source = %self.source, %error, "batch cannot be written as a message");
                metrics::dropped(&self.source, "unwritable", 1);
            })
            .ok()
    }
}

/// Appends, and tries for as long as it takes; once `shutdown` is asked for, a few times more. `told` hears of each
/// failure.
pub(crate) async fn publish(
    log: &dyn Log,
    source: &Source,
    records: Vec<Record>,
    shutdown: &CancellationToken,
    told: impl Fn(&StreamError),
) -> Result<(), StreamError> {
    let (mut failures, mut last_tries) = (0, 0);
    loop {
        let Err(error) = log.publish(Topic::Rates, records.clone()).await else { return Ok(()) };
        metrics::publish_failed(source);
        failures += 1;
        last_tries += u32::from(shutdown.is_cancelled());
        if last_tries >= LAST_TRIES {
            return Err(error);
        }
        tracing::warn!(%source, %error, failures, "the log did not take a batch, trying again");
        told(&error);
        let wait = BACKOFF.after(failures, jitter());
        if shutdown.is_cancelled() {
            tokio::time::sleep(BACKOFF.first).await;
        } else {
            shutdown.run_until_cancelled(tokio::time::sleep(wait)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use fx_domain::clock::Timestamp;
    use fx_domain::currency::Currency;
    use fx_domain::feed::{FeedKind, Market};

    use super::*;

    fn batch(source: &Source) -> Batch {
        Batch {
            source: source.clone(),
            kind: FeedKind::Stream,
            market: Market::Spot,
            base: Currency::EUR,
            source_ts: Timestamp::UNIX_EPOCH,
            fetched_at: Timestamp::UNIX_EPOCH,
            quotes: Vec::new(),
            publishes: Vec::new(),
            status: None,
        }
    }

    #[test]
    fn a_full_spool_says_so_and_takes_again_once_there_is_room() {
        let source: Source = "kraken".parse().expect("a source");
        let (spool, mut drain) = spool_with_room(&source, 2);
        assert_eq!([(); 3].map(|()| spool.put(batch(&source))), [Ok(()), Ok(()), Err(Full)]);
        drain.receiver.try_recv().expect("the first");
        assert_eq!(spool.put(batch(&source)), Ok(()));
    }
}
