//! What one feed said at one source time.

use serde::{Deserialize, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::currency::Currency;
use crate::feed::{FeedKind, FeedStatus, Market, Source};
use crate::figure::Figure;
use crate::pair::Pair;
use crate::priced::{PricedError, PricedFields, serialize_priced};

/// A price as published: a mid, or a bid and an ask.
#[derive(Clone, Debug, PartialEq)]
pub enum Price {
    /// One figure.
    Mid(Figure),
    /// Two figures. A spread is never invented from a mid.
    BidAsk {
        /// What a taker gets for selling the base.
        bid: Figure,
        /// What a taker pays for buying the base.
        ask: Figure,
    },
}

impl Price {
    /// The mid: as published, or the average of bid and ask.
    pub fn mid(&self) -> f64 {
        match self {
            Self::Mid(mid) => mid.value(),
            Self::BidAsk { bid, ask } => f64::midpoint(bid.value(), ask.value()),
        }
    }

    /// How far off rounding by the publisher can have put the mid, relative, in basis points.
    pub fn precision_bp(&self) -> f64 {
        let half_unit = match self {
            Self::Mid(mid) => mid.half_unit(),
            Self::BidAsk { bid, ask } => f64::midpoint(bid.half_unit(), ask.half_unit()),
        };
        half_unit / self.mid() * 1e4
    }
}

/// The price of one unit of the batch's base in `code`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "PricedFields<'_, Currency>")]
pub struct Quote {
    /// The quote currency.
    pub code: Currency,
    /// Its price.
    pub price: Price,
}

impl Serialize for Quote {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_priced(serializer, "code", &self.code, &self.price)
    }
}

impl TryFrom<PricedFields<'_, Currency>> for Quote {
    type Error = PricedError;

    fn try_from(fields: PricedFields<'_, Currency>) -> Result<Self, PricedError> {
        let (code, price) = fields.try_into_parts()?;
        Ok(Self { code, price })
    }
}

/// What one feed said at one source time, from one quote to the whole table. `quotes` is empty where there is only status
/// to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The feed.
    pub source: Source,
    /// How it speaks.
    pub kind: FeedKind,
    /// When its market is open.
    #[serde(default)]
    pub market: Market,
    /// The currency whose price the quotes are.
    pub base: Currency,
    /// The provider's own time; that of the last quotes where there are none.
    pub source_ts: Timestamp,
    /// When it was fetched: the version of its rates.
    pub fetched_at: Timestamp,
    /// The prices.
    pub quotes: Vec<Quote>,
    /// The pairs that a stream publishes, told when it subscribes: they are never derived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publishes: Vec<Pair>,
    /// How the feed is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<FeedStatus>,
}
