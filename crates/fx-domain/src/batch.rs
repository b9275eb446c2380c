//! What one feed said at one source time.

use serde::{Deserialize, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::currency::Currency;
use crate::feed::{FeedKind, FeedStatus, Market, Source};
use crate::figure::Figure;
use crate::number::mid_of;
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
            Self::BidAsk { bid, ask } => mid_of(bid.value(), ask.value()),
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

/// A batch that no feed of ours can have said.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BatchError {
    /// A price of nothing, or less.
    #[error("{code} at {price}, expected a price above zero")]
    Price {
        /// The quote currency.
        code: Currency,
        /// What stands there.
        price: f64,
    },
    /// A bid above its ask.
    #[error("{code} has the bid {bid} above the ask {ask}")]
    Crossed {
        /// The quote currency.
        code: Currency,
        /// What stands there.
        bid: f64,
        /// What stands there.
        ask: f64,
    },
    /// A price of the base in itself.
    #[error("{0} is quoted in a batch whose base it is")]
    Base(Currency),
    /// Two prices of one currency.
    #[error("{0} is quoted twice")]
    Twice(Currency),
}

impl Batch {
    /// Whether it is one that a feed's door would have let through: whoever reads a log does not know who wrote to it.
    ///
    /// # Errors
    /// The first quote that is none.
    pub fn check(&self) -> Result<(), BatchError> {
        for (place, quote) in self.quotes.iter().enumerate() {
            let code = quote.code;
            if code == self.base {
                return Err(BatchError::Base(code));
            }
            if self.quotes[..place].iter().any(|other| other.code == code) {
                return Err(BatchError::Twice(code));
            }
            quote.check()?;
        }
        Ok(())
    }
}

impl Quote {
    fn check(&self) -> Result<(), BatchError> {
        let code = self.code;
        let above_zero = |figure: &Figure| {
            let price = figure.value();
            if price > 0.0 && price.is_finite() { Ok(price) } else { Err(BatchError::Price { code, price }) }
        };
        match &self.price {
            Price::Mid(mid) => above_zero(mid).map(|_| ()),
            Price::BidAsk { bid, ask } => {
                let (bid, ask) = (above_zero(bid)?, above_zero(ask)?);
                if bid > ask { Err(BatchError::Crossed { code, bid, ask }) } else { Ok(()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(quotes: &str) -> Batch {
        let text = format!(
            r#"{{"source":"ecb","kind":"table","base":"EUR","source_ts":"2026-10-30T15:00:00Z",
               "fetched_at":"2026-10-30T15:00:01Z","quotes":[{quotes}]}}"#
        );
        serde_json::from_str(&text).expect("a batch")
    }

    #[test]
    fn what_no_door_lets_through_is_named() {
        let good = r#"{"code":"USD","mid":1.0842,"scale":4}"#;
        batch(good).check().expect("a good one");
        let refused = |quotes: &str| batch(quotes).check().expect_err("refused").to_string();
        assert_eq!(refused(r#"{"code":"USD","mid":-1.0842,"scale":4}"#), "USD at -1.0842, expected a price above zero");
        assert_eq!(refused(r#"{"code":"USD","mid":0,"scale":0}"#), "USD at 0, expected a price above zero");
        assert_eq!(refused(r#"{"code":"EUR","mid":2,"scale":0}"#), "EUR is quoted in a batch whose base it is");
        assert_eq!(refused(&format!("{good},{good}")), "USD is quoted twice");
        let crossed = r#"{"code":"USD","bid":1.2,"ask":1.1,"scale":1}"#;
        assert_eq!(refused(crossed), "USD has the bid 1.2 above the ask 1.1");
    }
}
