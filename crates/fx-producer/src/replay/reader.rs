//! The reading side of a replay, on a thread of its own.

use fx_domain::batch::Batch;
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedState, FeedStatus};
use fx_stream::Record;
use tokio::sync::mpsc;

use super::error::ReplayError;
use super::plan::Plan;
use super::recording::Judge;

/// As many records are handed over at once.
const CHUNK: usize = 256;

/// A record to be published.
pub(super) struct Due {
    /// Its source time.
    pub(super) at: Timestamp,
    pub(super) record: Record,
    /// Records of the file that are dealt with once it is published.
    pub(super) done: u64,
}

/// Some records, and what tells of the whole replay after them.
pub(super) struct Chunk {
    pub(super) records: Vec<Due>,
    pub(super) status: Batch,
}

/// Reads a recording after `position`.
pub(super) struct Reader {
    plan: Plan,
    judge: Judge,
    position: Option<Timestamp>,
    chunks: mpsc::Sender<Chunk>,
    records: Vec<Due>,
    last: Option<Batch>,
}

impl Reader {
    pub(super) fn new(plan: Plan, judge: Judge, position: Option<Timestamp>, chunks: mpsc::Sender<Chunk>) -> Self {
        Self { plan, judge, position, chunks, records: Vec::with_capacity(CHUNK), last: None }
    }

    /// Hands the records over, until the recording ends or nobody takes them. What stands before a malformed line is
    /// handed over too.
    pub(super) fn run(mut self) -> Result<(), ReplayError> {
        let read = self.read();
        self.hand_over();
        read
    }

    fn read(&mut self) -> Result<(), ReplayError> {
        for (done, entry) in (1..).zip(self.plan.open()?) {
            // The judge sees every entry, so that it judges as in an undisturbed run.
            let Some(batch) = self.judge.judge(&entry?)? else { continue };
            if self.position.is_some_and(|position| batch.source_ts <= position) {
                continue;
            }
            self.add(batch, done)?;
            if self.records.len() == CHUNK && !self.hand_over() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The first record of a chunk tells how the replay is doing.
    fn add(&mut self, mut batch: Batch, done: u64) -> Result<(), ReplayError> {
        if self.records.is_empty() {
            batch.status = Some(self.status(&batch));
        }
        self.records.push(Due { at: batch.source_ts, record: self.plan.origin.record(&batch)?, done });
        self.last = Some(batch);
        Ok(())
    }

    fn hand_over(&mut self) -> bool {
        let Some(last) = self.last.take() else { return true };
        let status = Batch { quotes: Vec::new(), status: Some(self.status(&last)), ..last };
        let records = std::mem::replace(&mut self.records, Vec::with_capacity(CHUNK));
        self.chunks.blocking_send(Chunk { records, status }).is_ok()
    }

    fn status(&self, batch: &Batch) -> FeedStatus {
        FeedStatus {
            last_polled: Some(batch.fetched_at),
            refused: self.judge.refused().clone(),
            ..FeedStatus::new(FeedState::Replay)
        }
    }
}
