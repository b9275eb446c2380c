//! Signs of life: a part that is at work and gives none hangs, one that waits for work does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Whether a part is at work, and when it last gave a sign.
pub(super) struct Pulse {
    since: Instant,
    at_work: AtomicU32,
    /// Milliseconds after `since`.
    sign: AtomicU64,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), at_work: AtomicU32::new(0), sign: AtomicU64::new(0) }
    }

    pub(super) fn beat(&self) {
        self.sign.store(self.elapsed(), Ordering::Relaxed);
    }

    /// For how long a part that is at work has given no sign; `None` where it is not at work.
    pub(super) fn silence(&self) -> Option<Duration> {
        let is_at_work = self.at_work.load(Ordering::Acquire) > 0;
        is_at_work.then(|| Duration::from_millis(self.elapsed().saturating_sub(self.sign.load(Ordering::Relaxed))))
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A part is at work for as long as it holds this.
#[must_use = "the part is at work only while this lives"]
pub struct Busy(Arc<Pulse>);

impl Busy {
    pub(super) fn begin(pulse: &Arc<Pulse>) -> Self {
        pulse.beat();
        pulse.at_work.fetch_add(1, Ordering::Release);
        Self(Arc::clone(pulse))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::Release);
    }
}
