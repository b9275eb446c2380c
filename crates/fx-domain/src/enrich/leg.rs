//! One published pair of one source: what was last accepted, and what is held.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::judge;
use super::series::{Instant, Series};
use crate::clock::Timestamp;
use crate::feed::Market;
use crate::pair::Pair;
use crate::rate::{Origin, Published, Quality, Rate, SuspectReason, Volatility};
use crate::volatility::{self, Gaps};

/// How many distinct updates at a new level make it true, and over how long.
const CONFIRMATIONS: usize = 3;
const CONFIRMED_OVER: TimeDelta = TimeDelta::minutes(1);

/// A price at its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) source_ts: Timestamp,
    pub(super) fetched_at: Timestamp,
    pub(super) published: Published,
}

/// What an update is to its leg.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    /// Not in this batch, or not to be used.
    Absent,
    /// It says nothing new of a price of this quality.
    Unchanged(Quality),
    /// Older than the newest of its pair.
    Late,
    /// It counts.
    Fresh(Quality),
    /// Most likely a mistake.
    Held(SuspectReason),
}

impl Mark {
    pub(super) fn quality(self) -> Quality {
        match self {
            Self::Unchanged(quality) | Self::Fresh(quality) => quality,
            Self::Held(_) => Quality::Suspect,
            Self::Absent | Self::Late => Quality::Ok,
        }
    }
}

/// What becomes of an update.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// This, and nothing else changes.
    Marked(Mark),
    /// It counts, and so do these that were held before it.
    Confirmed(Vec<Seen>),
}

/// One published pair of one source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Leg {
    /// As the market quotes it.
    pub(super) pair: Pair,
    series: Series,
    pub(super) accepted: Option<Seen>,
    /// What was thought of the accepted one.
    pub(super) quality: Quality,
    held: Vec<Seen>,
}

impl Leg {
    pub(super) fn new(pair: Pair) -> Self {
        Self { pair: pair.orient(), series: Series::default(), accepted: None, quality: Quality::Ok, held: Vec::new() }
    }

    /// Judges an update and remembers it.
    pub(super) fn judge(&mut self, seen: Seen, market: Market) -> Verdict {
        if let Some(newest) = self.held.last().or(self.accepted.as_ref()) {
            if seen.source_ts < newest.source_ts {
                return Verdict::Marked(Mark::Late);
            }
            if seen.source_ts == newest.source_ts {
                if seen.published == newest.published || seen.fetched_at <= newest.fetched_at {
                    return Verdict::Marked(Mark::Unchanged(self.quality));
                }
                // A correction: what it corrects is judged no more.
                self.held.pop_if(|held| held.source_ts == seen.source_ts);
            }
        }
        match self.accepted.as_ref().and_then(|accepted| suspicion(accepted, &seen)) {
            Some(reason) => self.hold(seen, reason),
            None => self.accept(seen, market),
        }
    }

    /// Whatever was held before is withdrawn: the feed is back at the old level.
    fn accept(&mut self, seen: Seen, market: Market) -> Verdict {
        self.held.clear();
        self.quality = if self.is_unusual(&seen, market) { Quality::Unusual } else { Quality::Ok };
        self.accepted = Some(seen);
        Verdict::Marked(Mark::Fresh(self.quality))
    }

    fn hold(&mut self, seen: Seen, reason: SuspectReason) -> Verdict {
        // Yet another level withdraws what was held before.
        if self.held.last().is_some_and(|held| suspicion(held, &seen).is_some()) {
            self.held.clear();
        }
        let since = self.held.first().map_or(seen.source_ts, |first| first.source_ts);
        if self.held.len() + 1 < CONFIRMATIONS || seen.source_ts - since < CONFIRMED_OVER {
            self.held.push(seen);
            return Verdict::Marked(Mark::Held(reason));
        }
        self.accepted = Some(seen);
        self.quality = Quality::Ok;
        Verdict::Confirmed(std::mem::take(&mut self.held))
    }

    fn is_unusual(&self, seen: &Seen, market: Market) -> bool {
        let Some(accepted) = &self.accepted else { return false };
        let (previous, mid) = (accepted.published.price.mid(), seen.published.price.mid());
        // The calendar is asked only about moves that could be unusual.
        judge::is_unusual(previous, mid, Some(0.0)) && {
            let gap = market.open_between(accepted.source_ts, seen.source_ts);
            let days = volatility::days(gap.num_microseconds().unwrap_or(i64::MAX));
            judge::is_unusual(previous, mid, self.series.sigma(days))
        }
    }

    /// Whether the price of that time is held.
    pub(super) fn holds(&self, source_ts: Timestamp) -> bool {
        self.held.iter().any(|held| held.source_ts == source_ts)
    }

    /// The rate that follows from an update; none where it says nothing new.
    pub(super) fn rate(&mut self, published: &Published, mark: Mark, at: &Instant, gaps: &mut Gaps) -> Option<Rate> {
        let sides = published.sides_of(self.pair);
        let (volatility, reason) = match mark {
            Mark::Absent | Mark::Unchanged(_) => return None,
            Mark::Late => (Volatility::default(), None),
            Mark::Held(reason) => (Volatility::default(), Some(reason)),
            Mark::Fresh(_) => (self.series.take(at, sides.mid, gaps), None),
        };
        Some(Rate {
            pair: self.pair,
            sides,
            origin: Origin::Published(Box::new(published.clone())),
            precision_bp: published.price.precision_bp(),
            quality: mark.quality(),
            reason,
            volatility,
            older_leg_ts: None,
        })
    }
}

fn suspicion(previous: &Seen, seen: &Seen) -> Option<SuspectReason> {
    judge::suspicion(previous.published.price.mid(), seen.published.price.mid())
}
