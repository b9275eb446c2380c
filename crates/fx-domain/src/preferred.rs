//! Which feed is believed.
//!
//! Every reader decides it with the same pure function, from the newest rate of each feed and the time that it goes by: the
//! API by the clock, the alert engine by log time.

use chrono::TimeDelta;

use crate::clock::Timestamp;
use crate::feed::Market;

/// The newest accepted rate of one feed for one pair, as far as the choice needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The rate's own time.
    pub source_ts: Timestamp,
    /// The time by which its age is judged: that of the older leg of a stream's cross.
    pub aged_from: Timestamp,
    /// When the feed's market is open.
    pub market: Market,
    /// From which age, counted in open-market time, it is stale.
    pub stale_after: TimeDelta,
}

impl Candidate {
    /// Whether it is too old at `now` to be relied on.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.market.open_between(self.aged_from, now) > self.stale_after
    }
}

/// The position of the preferred one of `candidates`, which stand in the configured order of the feeds; `None` only where
/// there are none.
///
/// A lower feed takes over only when the preferred rate is stale, and only with a newer source time; until then the old
/// rate stays, so that time never runs backwards.
pub fn choose(candidates: &[Candidate], now: Timestamp) -> Option<usize> {
    let mut chosen = 0;
    for (lower, candidate) in candidates.iter().enumerate().skip(1) {
        let preferred = &candidates[chosen];
        if candidate.source_ts > preferred.source_ts && preferred.is_stale(now) {
            chosen = lower;
        }
    }
    (!candidates.is_empty()).then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn candidate(source_ts: &str, stale_after: TimeDelta) -> Candidate {
        Candidate { source_ts: at(source_ts), aged_from: at(source_ts), market: Market::Spot, stale_after }
    }

    const NOW: &str = "2026-01-14T12:00:00Z"; // a Wednesday

    #[test]
    fn the_first_feed_is_preferred_while_it_is_fresh() {
        let stream = candidate("2026-01-14T11:56:00Z", TimeDelta::minutes(5));
        let newer = candidate("2026-01-14T11:59:00Z", TimeDelta::days(2));
        assert_eq!(choose(&[stream, newer], at(NOW)), Some(0));
    }

    #[test]
    fn a_lower_feed_takes_over_from_a_stale_one_only_with_a_newer_rate() {
        let stale = candidate("2026-01-14T11:00:00Z", TimeDelta::minutes(5));
        let (older, newer) = ("2026-01-14T00:00:00Z", "2026-01-14T11:30:00Z");
        let day = TimeDelta::days(2);
        assert_eq!(choose(&[stale, candidate(older, day)], at(NOW)), Some(0));
        assert_eq!(choose(&[stale, candidate(newer, day)], at(NOW)), Some(1));
        assert_eq!(choose(&[stale, candidate(older, day), candidate(newer, day)], at(NOW)), Some(2));
    }

    #[test]
    fn a_weekend_makes_nothing_stale() {
        let friday = candidate("2026-01-16T21:58:00Z", TimeDelta::minutes(5));
        assert!(!friday.is_stale(at("2026-01-18T21:59:00Z")));
        assert!(friday.is_stale(at("2026-01-18T22:04:00Z")));
    }

    #[test]
    fn without_rates_nothing_is_preferred() {
        assert_eq!(choose(&[], at(NOW)), None);
    }
}
