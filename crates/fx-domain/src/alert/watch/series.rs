//! The rates that came before, as far as changes and z-scores need them.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta};

use super::feeds::{FeedRank, stale_after};
use crate::alert::{KnownRate, Point};
use crate::clock::Timestamp;
use crate::feed::Market;

/// How many values of a window are kept.
const STEPS: i64 = 1000;

/// A rate that counted.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mark {
    source_ts: Timestamp,
    mid: f64,
    inverse: f64,
    market: Market,
    stale_after: TimeDelta,
}

/// The rates of the longest of some windows of about the same length: the last of each thousandth of the shortest. The
/// thousandths are those of the clock, so that the same rates leave the same points wherever one begins to read them.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    octave: u32,
    marks: VecDeque<Mark>,
}

/// The newest rates, up to a number.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    most: usize,
    marks: VecDeque<Mark>,
}

impl Mark {
    fn new(rate: &KnownRate, feeds: &[FeedRank]) -> Self {
        let KnownRate { source_ts, mid, inverse, market, .. } = *rate;
        Self { source_ts, mid, inverse, market, stale_after: stale_after(feeds, rate) }
    }

    fn value(&self, is_turned: bool) -> f64 {
        if is_turned { self.inverse } else { self.mid }
    }
}

/// Windows of one octave, each at least half as long as the next octave's, share a trail.
pub(super) fn octave(window: TimeDelta) -> u32 {
    window.num_microseconds().and_then(i64::checked_ilog2).unwrap_or_default()
}

impl Trail {
    pub(super) fn new(octave: u32) -> Self {
        Self { octave, marks: VecDeque::new() }
    }

    pub(super) fn octave(&self) -> u32 {
        self.octave
    }

    /// The longest window that it is for.
    pub(super) fn longest(&self) -> TimeDelta {
        TimeDelta::microseconds(2_i64.saturating_pow(self.octave + 1))
    }

    /// Takes the rate that is believed now: a newer one, or a correction of the last.
    pub(super) fn take(&mut self, rate: &KnownRate, feeds: &[FeedRank]) {
        let step = (2_i64.saturating_pow(self.octave) / STEPS).max(1);
        let bucket = |at: Timestamp| at.timestamp_micros().div_euclid(step);
        if self.marks.back().is_some_and(|last| bucket(last.source_ts) == bucket(rate.source_ts)) {
            self.marks.pop_back();
        }
        self.marks.push_back(Mark::new(rate, feeds));
        let beginning = rate.source_ts - self.longest();
        while self.marks.get(1).is_some_and(|second| second.source_ts <= beginning) {
            self.marks.pop_front();
        }
    }

    /// The newest rate at or before `at`, where it was good then.
    pub(super) fn at(&self, at: Timestamp, is_turned: bool) -> Option<Point> {
        let after = self.marks.partition_point(|mark| mark.source_ts <= at);
        let mark = self.marks.get(after.checked_sub(1)?)?;
        let is_good = mark.market.open_between(mark.source_ts, at) <= mark.stale_after;
        is_good.then(|| Point { source_ts: mark.source_ts, value: mark.value(is_turned) })
    }
}

impl Ring {
    /// For the `most` rates before a newest one.
    pub(super) fn new(most: usize) -> Self {
        Self { most, marks: VecDeque::new() }
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn take(&mut self, rate: &KnownRate, feeds: &[FeedRank]) {
        if self.marks.back().is_some_and(|last| last.source_ts == rate.source_ts) {
            self.marks.pop_back();
        }
        self.marks.push_back(Mark::new(rate, feeds));
        if self.marks.len() > self.most + 1 {
            self.marks.pop_front();
        }
    }

    /// Mean and sample standard deviation of the `count` rates before `rate`. `None` where there are fewer, where they
    /// reach back over more than `count` times the open-market time for which the rate's feed is good, or do not differ.
    pub(super) fn spread(
        &self,
        (rate, good): (&KnownRate, TimeDelta),
        count: u32,
        is_turned: bool,
    ) -> Option<(f64, f64)> {
        let before = self.marks.partition_point(|mark| mark.source_ts < rate.source_ts);
        let first = before.checked_sub(usize::try_from(count).ok()?)?;
        let reach = good.checked_mul(i32::try_from(count).ok()?).unwrap_or(TimeDelta::MAX);
        if rate.market.open_between(self.marks.get(first)?.source_ts, rate.source_ts) > reach {
            return None;
        }
        let values = || self.marks.range(first..before).map(|mark| mark.value(is_turned));
        let mean = values().sum::<f64>() / f64::from(count);
        let squares: f64 = values().map(|value| (value - mean).powi(2)).sum();
        let lowest = values().fold(f64::INFINITY, f64::min);
        let do_differ = values().any(|value| value > lowest);
        do_differ.then(|| (mean, (squares / f64::from(count - 1)).sqrt()))
    }
}

/// The earliest time at which the market has been open for longer than `open` since `from`.
pub(super) fn open_longer(market: Market, from: Timestamp, open: TimeDelta) -> Option<Timestamp> {
    let wanted = market.open_micros(from).checked_add(open.num_microseconds()?)?;
    // More open time than wanted is in three times as much and two weeks.
    let bound = from.checked_add_signed(open.checked_mul(3)?.checked_add(&TimeDelta::days(14))?)?;
    let (mut early, mut late) = (from.timestamp_micros(), bound.timestamp_micros());
    while early < late {
        let middle = early + (late - early) / 2;
        let is_longer = DateTime::from_timestamp_micros(middle).is_some_and(|at| market.open_micros(at) > wanted);
        (early, late) = if is_longer { (early, middle) } else { (middle + 1, late) };
    }
    DateTime::from_timestamp_micros(early)
}

/// The latest time from which on the market was open for `open` until `until`.
pub(super) fn open_before(market: Market, open: TimeDelta, until: Timestamp) -> Timestamp {
    let wanted = market.open_micros(until) - open.num_microseconds().unwrap_or(i64::MAX);
    // A year has far more than 100 open days, and no closed time is longer than a few.
    let (mut early, mut late) = ((until - open * 3 - TimeDelta::days(14)).timestamp_micros(), until.timestamp_micros());
    while early < late {
        let middle = early + (late - early + 1) / 2;
        let is_enough = DateTime::from_timestamp_micros(middle).is_some_and(|at| market.open_micros(at) <= wanted);
        (early, late) = if is_enough { (middle, late) } else { (early, middle - 1) };
    }
    DateTime::from_timestamp_micros(early).unwrap_or(until)
}
