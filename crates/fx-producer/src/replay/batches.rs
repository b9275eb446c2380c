//! A recording without a log: for who only wants to look at it.

use fx_domain::batch::Batch;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;

use super::error::{RecordingError, ReplayError};
use super::options::ReplayOptions;
use super::plan::Plan;
use super::recording::{Judge, Recording};

/// The batches that a replay would publish, the oldest first.
pub struct Batches {
    recording: Recording,
    judge: Judge,
    /// How many records the recording has; some may be let in nowhere.
    pub total: u64,
}

impl Batches {
    /// Reads the files once, and refuses what cannot be meant. Rates that are later than `now` are not let in.
    ///
    /// # Errors
    /// The files are no recording, or the options do not fit them.
    pub fn open(options: ReplayOptions, tracked: Vec<Currency>, now: Timestamp) -> Result<Self, ReplayError> {
        let plan = Plan::try_new(options, &tracked)?;
        let judge = Judge::new(plan.kind, tracked, now);
        Ok(Self { recording: plan.open()?, judge, total: plan.total })
    }
}

impl Iterator for Batches {
    /// `None` for a record of which nothing is let in.
    type Item = Result<Option<Batch>, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.recording.next()?;
        Some(entry.and_then(|entry| self.judge.judge(&entry)))
    }
}
