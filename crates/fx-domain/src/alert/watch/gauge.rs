//! What is measured at a rate: once for all machines that ask for the same.

use chrono::TimeDelta;

use super::selection::{Current, Selected};
use crate::alert::{Condition, Measure, Point};
use crate::clock::Timestamp;
use crate::number::to_12_digits;

/// A figure that some machines go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Gauge {
    /// The position of what is selected.
    pub(super) selected: usize,
    pub(super) is_turned: bool,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Before(TimeDelta),
    Volatility(Measure),
    Zscore(u32),
    Staleness,
    /// From the position of what is selected of the other feed.
    Apart(usize),
}

/// What a gauge shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Shown {
    pub(super) figure: Option<f64>,
    pub(super) reference: Option<Point>,
}

impl Gauge {
    /// The gauge of `condition`; levels and channels need none. `other` is of a divergence's second feed.
    pub(super) fn of(condition: &Condition, selected: usize, other: Option<usize>, is_turned: bool) -> Option<Self> {
        let what = match condition {
            Condition::Level { .. } | Condition::Channel { .. } => return None,
            Condition::Change { window, .. } => What::Before(*window),
            Condition::VolatilityAbove { measure, .. } => What::Volatility(*measure),
            Condition::Zscore { updates, .. } => What::Zscore(*updates),
            Condition::Stale { .. } => What::Staleness,
            Condition::Divergence { .. } => What::Apart(other?),
        };
        Some(Self { selected, is_turned, what })
    }

    /// What it shows at `current`, which is the rate that is selected or one that is held, at log time `at`.
    pub(super) fn read(&self, current: &Current, all: &[Selected], at: Timestamp) -> Shown {
        let Self { selected, is_turned, what } = *self;
        let (rate, before) = (&current.rate, &all[selected]);
        let value = current.updates[usize::from(is_turned)].seen.value;
        let looks_back = matches!(what, What::Before(_) | What::Zscore(_));
        if looks_back && before.is_late(&current.updates[usize::from(is_turned)]) {
            return Shown::default();
        }
        match what {
            What::Before(window) => {
                let trail = before.trail(window);
                let reference = trail.and_then(|trail| trail.at(rate.source_ts - window, is_turned));
                Shown { figure: None, reference }
            }
            What::Volatility(measure) => Shown { figure: measure.of(&rate.volatility, is_turned), reference: None },
            What::Zscore(updates) => {
                let spread =
                    before.ring().and_then(|ring| ring.spread((rate, current.stale_after), updates, is_turned));
                let shown = |(mean, deviation): (f64, f64)| Shown {
                    figure: Some(to_12_digits((value - mean) / deviation)),
                    reference: Some(Point { source_ts: rate.source_ts, value: to_12_digits(mean) }),
                };
                spread.map(shown).unwrap_or_default()
            }
            What::Staleness => Shown { figure: Some(staleness(current, at)), reference: None },
            What::Apart(other) => apart(current, (before, &all[other]), is_turned, at),
        }
    }
}

/// How many times its feed's cadence a rate is old.
pub(super) fn staleness(current: &Current, at: Timestamp) -> f64 {
    to_12_digits(current.age(at).as_seconds_f64() / current.cadence().as_seconds_f64())
}

/// How far the first feed's rate is from the second's, in basis points of that; `current` is the newest of one of them.
fn apart(current: &Current, (first, second): (&Selected, &Selected), is_turned: bool, at: Timestamp) -> Shown {
    let is_first = first.selection.source.as_ref() == Some(&current.rate.source);
    let other = if is_first { second } else { first };
    let both_good = |other: &&Current| !other.is_stale(at) && !current.is_stale(at);
    let Some(other) = other.now.as_ref().filter(both_good) else { return Shown::default() };
    let turned = usize::from(is_turned);
    let (mine, theirs) = (&current.updates[turned].seen, &other.updates[turned].seen);
    let ratio = if is_first { mine.value / theirs.value } else { theirs.value / mine.value };
    let reference = Point { source_ts: theirs.source_ts, value: theirs.value };
    Shown { figure: Some(to_12_digits((ratio - 1.0).abs() * 1e4)), reference: Some(reference) }
}
