//! One pair of one source over time.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::feed::{FeedKind, Market};
use crate::rate::Volatility;
use crate::volatility::{Gaps, Window};

/// The time of an update, as all series of a batch need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant {
    pub(super) source_ts: Timestamp,
    /// Open-market time, see [`Market::open_micros`].
    pub(super) open_us: i64,
    /// Quotes of a stream while the market is closed enter no window: its time stands still.
    pub(super) counts: bool,
    /// The length of a period; `None` where every update is one.
    pub(super) period: Option<TimeDelta>,
}

impl Instant {
    pub(super) fn new(kind: FeedKind, market: Market, source_ts: Timestamp, stream_period: TimeDelta) -> Self {
        let (counts, period) = match kind {
            FeedKind::Table => (true, None),
            FeedKind::Stream => (market.is_open(source_ts), Some(stream_period)),
        };
        Self { source_ts, open_us: market.open_micros(source_ts), counts, period }
    }

    fn is_same_period(&self, other: Timestamp) -> bool {
        let Some(period) = self.period.and_then(|period| period.num_microseconds()) else {
            return self.source_ts == other;
        };
        let number = |at: Timestamp| at.timestamp_micros().div_euclid(period.max(1));
        number(self.source_ts) == number(other)
    }
}

/// The window of one pair, and the time of its newest value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Series {
    last_ts: Option<Timestamp>,
    window: Window,
}

impl Series {
    /// Takes a level in; its volatility is none where it is late or does not count.
    pub(super) fn take(&mut self, at: &Instant, level: f64, gaps: &mut Gaps) -> Volatility {
        if !at.counts || self.last_ts.is_some_and(|last| at.source_ts < last) {
            return Volatility::default();
        }
        match self.last_ts.replace(at.source_ts) {
            Some(last) if at.is_same_period(last) => self.window.replace_last(at.open_us, level, gaps),
            _ => self.window.push(at.open_us, level, gaps),
        }
        self.window.volatility(gaps)
    }

    /// σ over a gap in open-market time: √(v · Δt), once v is seeded.
    pub(super) fn sigma(&self, days: f64) -> Option<f64> {
        self.window.variance_per_day().map(|v| (v * days).sqrt())
    }
}
