//! Days of UTC, by which readers learn what has changed.

use chrono::DateTime;
use fx_domain::clock::Timestamp;

/// A day, counted from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub i64);

const MICROS: i64 = 86_400_000_000;

impl Day {
    /// That of a time.
    pub fn of(at: Timestamp) -> Self {
        Self::of_micros(at.timestamp_micros())
    }

    pub(super) fn of_micros(micros: i64) -> Self {
        Self(micros.div_euclid(MICROS))
    }

    /// Its first moment.
    pub fn start(self) -> Timestamp {
        DateTime::from_timestamp_micros(self.0.saturating_mul(MICROS)).unwrap_or(Timestamp::MAX_UTC)
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_also_before_1970() {
        for (at, day) in [("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1), ("2026-10-30T15:00:00Z", 20_756)] {
            let at: Timestamp = at.parse().expect("a time");
            assert_eq!(Day::of(at), Day(day));
            assert!(Day(day).start() <= at && at < Day(day).next().start());
        }
    }
}
