//! An enriched batch as far as alerts need it: reading no more than that makes a replay faster.

use fx_domain::alert::KnownRate;
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, Market, Source};
use fx_domain::number::{mid_of, to_12_digits};
use fx_domain::pair::Pair;
use fx_domain::rate::{Quality, Volatility};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct SeenBatch {
    pub(crate) source: Source,
    kind: FeedKind,
    #[serde(default)]
    market: Market,
    source_ts: Timestamp,
    pub(crate) fetched_at: Timestamp,
    rates: Vec<SeenRate>,
}

#[derive(Debug, Deserialize)]
struct SeenRate {
    pair: Pair,
    mid: f64,
    #[serde(default)]
    quality: Quality,
    older_leg_ts: Option<Timestamp>,
    #[serde(default)]
    precision_bp: Option<f64>,
    #[serde(default)]
    derived: Option<bool>,
    #[serde(default)]
    volatility: Volatility,
    published: Option<SeenPublished>,
}

#[derive(Debug, Deserialize)]
struct SeenPublished {
    pair: Pair,
    mid: Option<f64>,
    bid: Option<f64>,
    ask: Option<f64>,
}

impl SeenBatch {
    /// The rates one by one.
    pub(crate) fn rates(&self) -> impl Iterator<Item = KnownRate> + '_ {
        let counts = self.kind == FeedKind::Table || self.market.is_open(self.source_ts);
        self.rates.iter().map(move |rate| KnownRate {
            source: self.source.clone(),
            pair: rate.pair,
            kind: self.kind,
            market: self.market,
            market_open: counts,
            source_ts: self.source_ts,
            aged_from: rate.older_leg_ts.unwrap_or(self.source_ts),
            fetched_at: self.fetched_at,
            mid: rate.mid,
            inverse: rate.inverse(),
            quality: rate.quality,
            precision_bp: rate.precision_bp,
            is_derived: rate.derived,
            volatility: rate.volatility,
        })
    }
}

impl SeenRate {
    /// As published, where the provider publishes that direction: a threshold at just that figure must not be missed.
    fn inverse(&self) -> f64 {
        let published = self.published.as_ref().filter(|published| published.pair != self.pair);
        published.and_then(SeenPublished::mid).unwrap_or_else(|| to_12_digits(1.0 / self.mid))
    }
}

impl SeenPublished {
    fn mid(&self) -> Option<f64> {
        self.mid.or_else(|| self.bid.zip(self.ask).map(|(bid, ask)| mid_of(bid, ask)))
    }
}
