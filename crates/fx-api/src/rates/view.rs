//! A rate as it is shown.

use chrono::TimeDelta;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::{Origin, Published, Quality, RateRecord, Volatility};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::quoted::{Quoted, scales};
use crate::board::Reading;
use crate::notation::{CurrencyCode, PairCode, QualityName, SourceName, SuspectReasonName};
use crate::number::Number;

/// The latest rate of a pair.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Rate"))]
pub(crate) struct RateView {
    /// base/quote
    #[salvo(schema(value_type = PairCode, example = "EURUSD"))]
    pair: Pair,
    /// What is priced.
    #[salvo(schema(value_type = CurrencyCode, example = "EUR"))]
    base: Currency,
    /// What it is priced in.
    #[salvo(schema(value_type = CurrencyCode, example = "USD"))]
    quote: Currency,
    /// The price of one base in the quote currency.
    mid: Number,
    /// What a taker gets for one base; null where the feed has mids only.
    bid: Option<Number>,
    /// What a taker pays for one base.
    ask: Option<Number>,
    /// Whether it is derived through a third currency.
    derived: bool,
    /// The pairs that it was read from: one, or two legs.
    #[salvo(schema(value_type = Vec<PairCode>))]
    path: Vec<Pair>,
    /// The most that rounding by the publisher can be off, in basis points.
    precision_bp: f64,
    /// The figure that the provider wrote, and for which direction; null where the rate is derived.
    published: Option<PublishedView>,
    /// The feed.
    #[salvo(schema(value_type = SourceName, example = "ecb"))]
    source: Source,
    /// The provider's own time.
    #[salvo(schema(value_type = String, format = "date-time"))]
    source_ts: Timestamp,
    /// When it was fetched.
    #[salvo(schema(value_type = String, format = "date-time"))]
    fetched_at: Timestamp,
    /// When it entered the log.
    #[salvo(schema(value_type = String, format = "date-time"))]
    ingested_at: Timestamp,
    /// Seconds since its source time; of a stream's cross, that of the older leg.
    age_s: f64,
    /// Whether it is too old to be relied on.
    stale: bool,
    /// What is thought of it.
    #[salvo(schema(value_type = QualityName, example = "ok"))]
    quality: Quality,
    /// The change against the same feed's rate of a day before, in percent; null where there is none.
    change_24h_pct: Option<f64>,
    /// The three measures.
    volatility: VolatilityView,
    /// A newer rate that is held as a likely mistake.
    held: Option<HeldView>,
}

/// A figure as the provider wrote it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Published"))]
pub(crate) struct PublishedView {
    /// The pair in the provider's direction.
    #[salvo(schema(value_type = PairCode, example = "USDEUR"))]
    pair: Pair,
    /// Its mid.
    mid: Number,
    /// Its bid, where the provider has both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<Number>,
    /// Its ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<Number>,
    /// Digits after the point of mid or bid.
    scale: u8,
    /// Digits after the point of the ask, where it has others.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask_scale: Option<u8>,
}

/// Null while there are fewer updates than the window.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Volatility"))]
pub(crate) struct VolatilityView {
    /// Standard deviation of the level over the last 20 periods, in the quote currency; null in the direction that is
    /// not stored.
    pub(super) price_stddev_20: Option<f64>,
    /// Standard deviation of the last 20 log returns, a year's (0.07 is 7 %).
    pub(super) realized_vol: Option<f64>,
    /// Exponentially weighted volatility, a year's.
    pub(super) ewma_vol: Option<f64>,
}

/// A rate that waits for its confirmation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Held"))]
pub(crate) struct HeldView {
    /// What it says.
    mid: Number,
    /// The provider's own time.
    #[salvo(schema(value_type = String, format = "date-time"))]
    source_ts: Timestamp,
    /// Why it is held.
    #[salvo(schema(value_type = Option<SuspectReasonName>, example = "decimal_shift"))]
    reason: Option<fx_domain::rate::SuspectReason>,
}

impl RateView {
    /// `reading` as `pair` quotes it: the stored direction or the other one.
    pub(crate) fn new(reading: &Reading, pair: Pair) -> Self {
        let RateRecord { source, source_ts, fetched_at, ingested_at, rate } = &reading.record;
        let Quoted { mid, bid, ask } = Quoted::new(rate, pair);
        Self {
            pair,
            base: pair.base(),
            quote: pair.quote(),
            mid,
            bid,
            ask,
            derived: rate.is_derived(),
            path: rate.path().collect(),
            precision_bp: rate.precision_bp,
            published: match &rate.origin {
                Origin::Published(published) => Some(published.as_ref().into()),
                Origin::Derived(_) => None,
            },
            source: source.clone(),
            source_ts: *source_ts,
            fetched_at: *fetched_at,
            ingested_at: *ingested_at,
            age_s: seconds(reading.age),
            stale: reading.is_stale,
            quality: rate.quality,
            change_24h_pct: reading.change_24h_pct(pair),
            volatility: VolatilityView::new(rate.volatility, pair == rate.pair),
            held: reading.held.as_ref().map(|held| HeldView::new(held, pair)),
        }
    }
}

impl From<&Published> for PublishedView {
    fn from(published: &Published) -> Self {
        let Quoted { mid, bid, ask } = Quoted::published(published);
        let (scale, ask_scale) = scales(&published.price);
        Self { pair: published.pair, mid, bid, ask, scale, ask_scale }
    }
}

impl VolatilityView {
    /// The volatility of returns is the same both ways; that of the level is one of the stored direction's.
    pub(crate) fn new(volatility: Volatility, is_stored_direction: bool) -> Self {
        Self {
            price_stddev_20: volatility.price_stddev_20.filter(|_| is_stored_direction),
            realized_vol: volatility.realized_vol,
            ewma_vol: volatility.ewma_vol,
        }
    }
}

impl HeldView {
    fn new(held: &RateRecord, pair: Pair) -> Self {
        Self { mid: Quoted::new(&held.rate, pair).mid, source_ts: held.source_ts, reason: held.rate.reason }
    }
}

/// To the millisecond.
fn seconds(age: TimeDelta) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "2^53 milliseconds are 285,000 years")]
    let millis = age.num_milliseconds() as f64;
    millis / 1000.0
}

/// A moment as a version of an answer.
pub(crate) fn micros(at: Timestamp) -> String {
    format!("{:x}", at.timestamp_micros())
}
