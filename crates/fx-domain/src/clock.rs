//! Time, handed in: the same code runs live and in a replay.

use chrono::{DateTime, SubsecRound, Utc};

/// UTC with microseconds, which is what every store here keeps.
pub type Timestamp = DateTime<Utc>;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now, to the microsecond.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        to_micros(Utc::now())
    }
}

/// `at` without what is finer than a microsecond.
pub fn to_micros(at: Timestamp) -> Timestamp {
    at.trunc_subsecs(6)
}

/// A clock that shows what it was set to, for tests.
#[derive(Debug)]
pub struct FixedClock(std::sync::atomic::AtomicI64);

impl FixedClock {
    /// A clock that shows `at`.
    pub fn new(at: Timestamp) -> Self {
        Self(at.timestamp_micros().into())
    }

    /// Shows `at` from now on.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.timestamp_micros(), std::sync::atomic::Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        DateTime::from_timestamp_micros(self.0.load(std::sync::atomic::Ordering::Relaxed)).unwrap_or_default()
    }
}
