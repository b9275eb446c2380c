//! Candles: open, high, low and close of UTC-aligned buckets. An empty bucket has no candle.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta};

use crate::clock::Timestamp;
use crate::currency::shown;

/// The width of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interval {
    /// One minute.
    M1,
    /// Five minutes.
    M5,
    /// A quarter of an hour.
    M15,
    /// One hour.
    H1,
    /// Four hours.
    H4,
    /// One day.
    D1,
}

/// A text that is no interval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no interval, expected 1m, 5m, 15m, 1h, 4h or 1d", shown(.0))]
pub struct IntervalError(pub String);

impl Interval {
    /// All of them, shortest first.
    pub const ALL: [Self; 6] = [Self::M1, Self::M5, Self::M15, Self::H1, Self::H4, Self::D1];

    /// Its length.
    pub fn width(self) -> TimeDelta {
        match self {
            Self::M1 => TimeDelta::minutes(1),
            Self::M5 => TimeDelta::minutes(5),
            Self::M15 => TimeDelta::minutes(15),
            Self::H1 => TimeDelta::hours(1),
            Self::H4 => TimeDelta::hours(4),
            Self::D1 => TimeDelta::days(1),
        }
    }

    /// The start of the bucket that `at` falls into.
    pub fn start_of(self, at: Timestamp) -> Timestamp {
        let width = self.width().num_seconds();
        DateTime::from_timestamp(at.timestamp().div_euclid(width) * width, 0).unwrap_or(at)
    }

    /// As it is written.
    pub fn label(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
        }
    }
}

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        Self::ALL.into_iter().find(|interval| interval.label() == text).ok_or_else(|| IntervalError(text.to_owned()))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// Open, high, low and close of the rates of one bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Candle {
    /// Where the bucket begins.
    pub start: Timestamp,
    /// The first rate.
    pub open: f64,
    /// The highest.
    pub high: f64,
    /// The lowest.
    pub low: f64,
    /// The last.
    pub close: f64,
    /// How many there were.
    pub count: u64,
}

impl Candle {
    /// Whether the bucket is over at `now`, so that nothing but a late rate or a correction can change it.
    pub fn is_complete(&self, interval: Interval, now: Timestamp) -> bool {
        self.start + interval.width() <= now
    }

    /// The candle of the inverse pair.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { open: 1.0 / self.open, high: 1.0 / self.low, low: 1.0 / self.high, close: 1.0 / self.close, ..self }
    }
}

/// The candles of rates that come oldest first.
pub fn candles(interval: Interval, rates: impl IntoIterator<Item = (Timestamp, f64)>) -> Vec<Candle> {
    let mut candles: Vec<Candle> = Vec::new();
    for (at, mid) in rates {
        add(&mut candles, interval, at, mid);
    }
    candles
}

/// Adds a rate to the candles of those before it.
pub fn add(candles: &mut Vec<Candle>, interval: Interval, at: Timestamp, mid: f64) {
    let start = interval.start_of(at);
    match candles.last_mut() {
        Some(candle) if candle.start == start => {
            candle.high = candle.high.max(mid);
            candle.low = candle.low.min(mid);
            candle.close = mid;
            candle.count += 1;
        }
        _ => candles.push(Candle { start, open: mid, high: mid, low: mid, close: mid, count: 1 }),
    }
}

/// Candles of narrower buckets, oldest first, as candles of wider ones.
pub fn widened(interval: Interval, candles: &[Candle]) -> Vec<Candle> {
    let start = |candle: &Candle| interval.start_of(candle.start);
    let neighbours = candles.chunk_by(|a, b| start(a) == start(b));
    let together = |candles: &[Candle]| {
        let (first, last) = (candles.first()?, candles.last()?);
        Some(Candle {
            start: start(first),
            open: first.open,
            high: candles.iter().map(|candle| candle.high).fold(first.high, f64::max),
            low: candles.iter().map(|candle| candle.low).fold(first.low, f64::min),
            close: last.close,
            count: candles.iter().map(|candle| candle.count).sum(),
        })
    };
    neighbours.filter_map(together).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn buckets_are_aligned_and_none_is_invented() {
        let rates = [
            (at("2026-01-14T10:00:00Z"), 1.0),
            (at("2026-01-14T10:04:59.999999Z"), 3.0),
            (at("2026-01-14T10:04:59.999999Z"), 2.0),
            (at("2026-01-14T10:15:00Z"), 5.0),
        ];
        let drawn = candles(Interval::M5, rates);
        assert_eq!(drawn.len(), 2);
        let first = &drawn[0];
        assert_eq!((first.open, first.high, first.low, first.close, first.count), (1.0, 3.0, 1.0, 2.0, 3));
        assert_eq!(drawn[1].start, at("2026-01-14T10:15:00Z"));
        assert!(first.is_complete(Interval::M5, at("2026-01-14T10:05:00Z")));
        assert!(!first.is_complete(Interval::M5, at("2026-01-14T10:04:59Z")));
    }

    #[test]
    fn wider_candles_are_those_of_the_rates_themselves() {
        let begin = at("2026-01-14T22:07:00Z");
        let rates: Vec<_> =
            (0..500_i32).map(|n| (begin + TimeDelta::minutes(n.into()), f64::from(n * 7919 % 101))).collect();
        let narrow = candles(Interval::M5, rates.clone());
        for interval in [Interval::M5, Interval::H1, Interval::D1] {
            assert_eq!(widened(interval, &narrow), candles(interval, rates.clone()), "{interval}");
        }
    }

    #[test]
    fn the_inverse_turns_high_and_low() {
        let candle = Candle { start: at("2026-01-14T10:00:00Z"), open: 1.0, high: 4.0, low: 0.5, close: 2.0, count: 4 };
        let inverse = candle.clone().inverse();
        assert_eq!((inverse.high, inverse.low, inverse.close), (2.0, 0.25, 0.5));
        assert_eq!(inverse.inverse(), candle);
    }

    #[test]
    fn an_unknown_interval_is_named() {
        assert_eq!("4h".parse(), Ok(Interval::H4));
        assert!("2h".parse::<Interval>().expect_err("none").to_string().contains("`2h`"));
    }
}
