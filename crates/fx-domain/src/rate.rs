//! Rates as the enricher publishes them: published or derived, judged, with their volatility.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::batch::Price;
use crate::clock::Timestamp;
use crate::feed::{FeedKind, FeedStatus, Market, Source};
use crate::pair::Pair;
use crate::priced::{PricedError, PricedFields, serialize_priced};

/// What is thought of a rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Nothing odd about it.
    #[default]
    Ok,
    /// A move beyond 10 EWMA σ and beyond 1 % in one update. It counts everywhere.
    Unusual,
    /// Most likely a mistake: held back until two more updates confirm it.
    Suspect,
}

/// Why a rate is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspectReason {
    /// Within 2 % of ten or a hundred times, or a tenth or a hundredth, of the last accepted rate.
    DecimalShift,
    /// Within 2 % of the inverse of the last accepted rate, where that is more than 20 % away.
    Inversion,
    /// A move beyond 50 %.
    Jump,
}

impl SuspectReason {
    /// As it stands in messages and metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::DecimalShift => "decimal_shift",
            Self::Inversion => "inversion",
            Self::Jump => "jump",
        }
    }
}

/// The three measures, `None` while there are fewer periods than the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Volatility {
    /// Sample standard deviation of the level over the last 20 periods, in units of the quote currency.
    pub price_stddev_20: Option<f64>,
    /// Annualised standard deviation of the last 20 log returns (0.07 is 7 % a year).
    pub realized_vol: Option<f64>,
    /// Annualised exponentially weighted volatility.
    pub ewma_vol: Option<f64>,
}

/// The figure that the provider wrote, and for which direction.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "PricedFields<'_, Pair>")]
pub struct Published {
    /// The pair in the provider's direction.
    pub pair: Pair,
    /// Its price.
    pub price: Price,
}

impl Serialize for Published {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_priced(serializer, "pair", &self.pair, &self.price)
    }
}

impl TryFrom<PricedFields<'_, Pair>> for Published {
    type Error = PricedError;

    fn try_from(fields: PricedFields<'_, Pair>) -> Result<Self, PricedError> {
        let (pair, price) = fields.try_into_parts()?;
        Ok(Self { pair, price })
    }
}

/// A mid and, where the provider has them, both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides {
    /// The mid.
    pub mid: f64,
    /// Bid and ask.
    pub bid_ask: Option<(f64, f64)>,
}

impl Sides {
    /// The sides of a published price.
    pub fn of(price: &Price) -> Self {
        let bid_ask = match price {
            Price::Mid(_) => None,
            Price::BidAsk { bid, ask } => Some((bid.value(), ask.value())),
        };
        Self { mid: price.mid(), bid_ask }
    }

    /// The same price the other way round: the taker who sells the one buys the other.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { mid: 1.0 / self.mid, bid_ask: self.bid_ask.map(|(bid, ask)| (1.0 / ask, 1.0 / bid)) }
    }
}

impl Published {
    /// The price of `pair`, which is the published one or its inverse.
    pub fn sides_of(&self, pair: Pair) -> Sides {
        let sides = Sides::of(&self.price);
        if pair == self.pair { sides } else { sides.inverse() }
    }
}

/// How a rate came about.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// Published by the provider, in this or the other direction. Boxed, since most rates of a wide table are derived and
    /// need not be as large.
    Published(Box<Published>),
    /// Derived from two legs, which meet in the pivot.
    Derived([Pair; 2]),
}

/// One rate of an [`EnrichedBatch`], oriented as the market quotes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// base/quote, oriented.
    pub pair: Pair,
    /// The price of one base in the quote currency. Derived ones are normalised to 12 significant digits.
    pub sides: Sides,
    /// Published or derived.
    pub origin: Origin,
    /// The most that rounding by the publisher can be off, summed over the legs, in basis points.
    pub precision_bp: f64,
    /// What is thought of it; a derived rate is as good as its worst leg.
    pub quality: Quality,
    /// Why it is held, where it is.
    pub reason: Option<SuspectReason>,
    /// The volatility with this rate included. All `None` for a rate that enters no window: held or late.
    pub volatility: Volatility,
    /// The source time of the older leg where that is not the batch's: a stream's cross is as old as that.
    pub older_leg_ts: Option<Timestamp>,
}

impl Rate {
    /// Whether it was derived.
    pub fn is_derived(&self) -> bool {
        matches!(self.origin, Origin::Derived(_))
    }

    /// The oriented pairs that it was read from: itself, or two legs.
    pub fn path(&self) -> impl Iterator<Item = Pair> + '_ {
        let (first, second) = match self.origin {
            Origin::Published(_) => (self.pair, None),
            Origin::Derived([first, second]) => (first, Some(second)),
        };
        std::iter::once(first).chain(second)
    }
}

/// The pairs of one batch, with what the enricher found. Rates that were held and are now accepted come again in batches
/// of their own, under their own source time and the version of the update that confirmed them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnrichedBatch {
    /// The feed.
    pub source: Source,
    /// How it speaks.
    pub kind: FeedKind,
    /// When its market is open.
    #[serde(default)]
    pub market: Market,
    /// The provider's own time.
    pub source_ts: Timestamp,
    /// The version of these rates.
    pub fetched_at: Timestamp,
    /// When the batch entered the log.
    pub ingested_at: Timestamp,
    /// The rates; none where there is only status to tell.
    pub rates: Vec<Rate>,
    /// How the feed is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<FeedStatus>,
}

/// A rate on its own, as stores keep it. Its key is (source, pair, source time), its version `fetched_at`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateRecord {
    /// The feed.
    pub source: Source,
    /// The provider's own time.
    pub source_ts: Timestamp,
    /// The version.
    pub fetched_at: Timestamp,
    /// When it entered the log.
    pub ingested_at: Timestamp,
    /// The rate.
    pub rate: Rate,
}

impl EnrichedBatch {
    /// The rates one by one.
    pub fn into_records(self) -> impl Iterator<Item = RateRecord> {
        let Self { source, source_ts, fetched_at, ingested_at, rates, .. } = self;
        rates.into_iter().map(move |rate| RateRecord {
            source: source.clone(),
            source_ts,
            fetched_at,
            ingested_at,
            rate,
        })
    }
}

impl RateRecord {
    /// The time by which its age is judged: that of the older leg of a stream's cross.
    pub fn aged_from(&self) -> Timestamp {
        self.rate.older_leg_ts.unwrap_or(self.source_ts)
    }
}

impl Serialize for Rate {
    /// As in the contract: what readers compute (age, staleness, change) is left out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Rate", 14)?;
        fields.serialize_field("pair", &self.pair)?;
        fields.serialize_field("base", &self.pair.base())?;
        fields.serialize_field("quote", &self.pair.quote())?;
        fields.serialize_field("mid", &self.sides.mid)?;
        fields.serialize_field("bid", &self.sides.bid_ask.map(|(bid, _)| bid))?;
        fields.serialize_field("ask", &self.sides.bid_ask.map(|(_, ask)| ask))?;
        fields.serialize_field("derived", &self.is_derived())?;
        match &self.origin {
            Origin::Published(published) => {
                fields.serialize_field("path", &[self.pair])?;
                fields.serialize_field("published", published)?;
            }
            Origin::Derived(legs) => fields.serialize_field("path", legs)?,
        }
        fields.serialize_field("precision_bp", &self.precision_bp)?;
        fields.serialize_field("quality", &self.quality)?;
        if let Some(reason) = &self.reason {
            fields.serialize_field("reason", reason)?;
        }
        fields.serialize_field("volatility", &self.volatility)?;
        if let Some(older_leg_ts) = &self.older_leg_ts {
            fields.serialize_field("older_leg_ts", older_leg_ts)?;
        }
        fields.end()
    }
}

/// A path of one pair or of two.
struct Legs(Option<Pair>, Option<Pair>);

impl<'de> Deserialize<'de> for Legs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Path;

        impl<'de> Visitor<'de> for Path {
            type Value = Legs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one pair or two")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Legs, A::Error> {
                let legs = Legs(pairs.next_element()?, pairs.next_element()?);
                match pairs.next_element::<Pair>()? {
                    None => Ok(legs),
                    Some(_) => Err(serde::de::Error::invalid_length(3, &self)),
                }
            }
        }

        deserializer.deserialize_seq(Path)
    }
}

/// What [`Rate`] is read from; `base`, `quote` and `derived` follow from the rest.
#[derive(Deserialize)]
struct RateFields {
    pair: Pair,
    mid: f64,
    bid: Option<f64>,
    ask: Option<f64>,
    path: Legs,
    published: Option<Published>,
    precision_bp: f64,
    #[serde(default)]
    quality: Quality,
    reason: Option<SuspectReason>,
    #[serde(default)]
    volatility: Volatility,
    older_leg_ts: Option<Timestamp>,
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = RateFields::deserialize(deserializer)?;
        let origin = match (fields.published, fields.path) {
            (Some(published), _) => Origin::Published(Box::new(published)),
            (None, Legs(Some(first), Some(second))) => Origin::Derived([first, second]),
            (None, _) => return Err(serde::de::Error::custom("a derived rate needs a `path` of two pairs")),
        };
        Ok(Self {
            pair: fields.pair,
            sides: Sides { mid: fields.mid, bid_ask: fields.bid.zip(fields.ask) },
            origin,
            precision_bp: fields.precision_bp,
            quality: fields.quality,
            reason: fields.reason,
            volatility: fields.volatility,
            older_leg_ts: fields.older_leg_ts,
        })
    }
}
