//! Derived pairs.

use serde::{Deserialize, Serialize};

use super::leg::{Leg, Mark};
use super::series::{Instant, Series};
use crate::clock::Timestamp;
use crate::cross::cross;
use crate::currency::Currency;
use crate::number::to_12_digits;
use crate::pair::Pair;
use crate::rate::{Origin, Published, Quality, Rate, Sides, SuspectReason, Volatility};
use crate::volatility::Gaps;

/// What a batch says of one leg, as the crosses need it.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    mark: Mark,
    /// Units of the leg's currency per pivot.
    sides: Sides,
    precision_bp: f64,
    source_ts: Timestamp,
}

impl Slot {
    /// Of this leg the batch says nothing.
    pub(super) const ABSENT: Self = Self {
        mark: Mark::Absent,
        sides: Sides { mid: f64::NAN, bid_ask: None },
        precision_bp: 0.0,
        source_ts: Timestamp::UNIX_EPOCH,
    };

    pub(super) fn new(mark: Mark, published: &Published, pivot: Currency, source_ts: Timestamp) -> Self {
        let pair = published.pair;
        let per_pivot = if pair.base() == pivot { pair } else { pair.inverse() };
        let sides = published.sides_of(per_pivot);
        Self { mark, sides, precision_bp: published.price.precision_bp(), source_ts }
    }
}

/// A derived pair: the cross of two legs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Cross {
    pub(super) pair: Pair,
    /// The legs of the pair's base and of its quote.
    legs: [usize; 2],
    /// The feed publishes it itself, so that it is never derived.
    pub(super) is_published: bool,
    series: Series,
}

/// How a cross stands, from its two legs.
pub(super) struct Standing {
    quality: Quality,
    reason: Option<SuspectReason>,
    is_late: bool,
}

impl Standing {
    /// As good as the worse leg; none where nothing follows from them.
    fn of(a: Mark, b: Mark) -> Option<Self> {
        let reason = match (a, b) {
            (Mark::Absent, _) | (_, Mark::Absent) | (Mark::Unchanged(_), Mark::Unchanged(_)) => return None,
            (Mark::Held(reason), _) | (_, Mark::Held(reason)) => Some(reason),
            _ => None,
        };
        let quality = a.quality().max(b.quality());
        Some(Self { quality, reason, is_late: a == Mark::Late || b == Mark::Late })
    }
}

impl Cross {
    /// The cross of two legs, which have the pivot in common.
    pub(super) fn between(legs: &[Leg], a: usize, b: usize, pivot: Currency) -> Option<Self> {
        let currency = |leg: usize| {
            let pair = legs[leg].pair;
            if pair.base() == pivot { pair.quote() } else { pair.base() }
        };
        let pair = Pair::oriented(currency(a), currency(b)).ok()?;
        let legs = if currency(a) == pair.base() { [a, b] } else { [b, a] };
        Some(Self { pair, legs, is_published: false, series: Series::default() })
    }

    /// How it stands, where something new follows from the legs.
    pub(super) fn standing(&self, slots: &[Slot]) -> Option<Standing> {
        let [base, quote] = self.legs.map(|leg| slots[leg].mark);
        Standing::of(base, quote).filter(|_| !self.is_published)
    }

    /// Its rate.
    pub(super) fn rate(
        &mut self,
        standing: &Standing,
        legs: &[Leg],
        slots: &[Slot],
        at: &Instant,
        gaps: &mut Gaps,
    ) -> Rate {
        let [base, quote] = self.legs.map(|leg| &slots[leg]);
        let exact = cross(base.sides, quote.sides);
        let volatility = if standing.quality == Quality::Suspect || standing.is_late {
            Volatility::default()
        } else {
            self.series.take(at, exact.mid, gaps)
        };
        let older = base.source_ts.min(quote.source_ts);
        Rate {
            pair: self.pair,
            sides: Sides {
                mid: to_12_digits(exact.mid),
                bid_ask: exact.bid_ask.map(|(bid, ask)| (to_12_digits(bid), to_12_digits(ask))),
            },
            origin: Origin::Derived(self.legs.map(|leg| legs[leg].pair)),
            precision_bp: base.precision_bp + quote.precision_bp,
            quality: standing.quality,
            reason: standing.reason,
            volatility,
            older_leg_ts: (older != at.source_ts).then_some(older),
        }
    }
}
