use serde::{Deserialize, Serialize};

use super::state::Seen;
use super::update::Update;
use crate::clock::Timestamp;
use crate::feed::{FeedKind, Market, Source};
use crate::number::to_12_digits;
use crate::pair::Pair;
use crate::rate::{Origin, Quality, RateRecord, Volatility};

/// A rate of one feed for one pair, as far as alerts go by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownRate {
    /// The feed.
    pub source: Source,
    /// The pair, oriented.
    pub pair: Pair,
    /// How the feed speaks.
    pub kind: FeedKind,
    /// When its market is open.
    pub market: Market,
    /// Whether it was open at the source time; true for tables, whose rates always count.
    pub market_open: bool,
    /// The rate's own time.
    pub source_ts: Timestamp,
    /// The time by which its age is judged.
    pub aged_from: Timestamp,
    /// Its version.
    pub fetched_at: Timestamp,
    /// The mid.
    pub mid: f64,
    /// The mid of the inverse: the published figure where the provider publishes that direction.
    pub inverse: f64,
    /// What is thought of it.
    pub quality: Quality,
    /// The most that rounding by the publisher can be off, in basis points, where it is known.
    #[serde(default)]
    pub precision_bp: Option<f64>,
    /// Whether it was derived from others, where that is known.
    #[serde(default)]
    pub is_derived: Option<bool>,
    /// Its volatility, this rate included.
    #[serde(default)]
    pub volatility: Volatility,
}

impl KnownRate {
    /// A stored rate of a feed that speaks like that.
    pub fn of(record: &RateRecord, kind: FeedKind, market: Market) -> Self {
        let RateRecord { source, source_ts, fetched_at, rate, .. } = record;
        // As published, where the provider publishes that direction.
        let turned = match &rate.origin {
            Origin::Published(published) if published.pair != rate.pair => Some(published.price.mid()),
            _ => None,
        };
        Self {
            source: source.clone(),
            pair: rate.pair,
            kind,
            market,
            market_open: kind == FeedKind::Table || market.is_open(*source_ts),
            source_ts: *source_ts,
            aged_from: record.aged_from(),
            fetched_at: *fetched_at,
            mid: rate.sides.mid,
            inverse: turned.unwrap_or_else(|| to_12_digits(1.0 / rate.sides.mid)),
            quality: rate.quality,
            precision_bp: Some(rate.precision_bp),
            is_derived: Some(rate.is_derived()),
            volatility: rate.volatility,
        }
    }

    /// Its value for `pair`, which is its own or the inverse.
    pub fn value_of(&self, pair: Pair) -> f64 {
        if pair == self.pair { self.mid } else { self.inverse }
    }

    /// As a machine remembers it that watches `pair`.
    pub fn seen(&self, pair: Pair) -> Seen {
        let Self { source, source_ts, fetched_at, .. } = self;
        Seen { value: self.value_of(pair), source: source.clone(), source_ts: *source_ts, fetched_at: *fetched_at }
    }

    /// As a machine is shown it that watches `pair`.
    pub fn update(&self, pair: Pair) -> Update {
        Update {
            seen: self.seen(pair),
            kind: self.kind,
            market_open: self.market_open,
            quality: self.quality,
            aged_from: self.aged_from,
            precision_bp: self.precision_bp,
            is_derived: self.is_derived,
        }
    }
}
