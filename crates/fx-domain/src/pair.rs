//! Currency pairs, and which way round the market quotes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::currency::{Currency, UnknownCurrency, shown};

/// base/quote: EUR/USD 1.0842 says that one euro costs 1.0842 dollars. The two always differ.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    base: Currency,
    quote: Currency,
}

/// What is wrong with a pair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// Not six letters, with or without a separator.
    #[error("`{}` is no pair, expected two ISO 4217 codes such as EURUSD, EUR/USD, EUR-USD or EUR_USD", shown(.0))]
    Shape(String),
    /// A side is no currency.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// Both sides are the same.
    #[error("`{0}{0}` is no pair, base and quote must differ")]
    Same(Currency),
}

/// The currencies that stand first in a pair, in this order, whatever the rate.
const RANKED: [Currency; 7] = [
    Currency::EUR,
    Currency::known("GBP"),
    Currency::known("AUD"),
    Currency::known("NZD"),
    Currency::USD,
    Currency::known("CAD"),
    Currency::known("CHF"),
];

impl Pair {
    /// `base` and `quote` as they are given, in either direction.
    pub fn try_new(base: Currency, quote: Currency) -> Result<Self, PairError> {
        if base == quote {
            return Err(PairError::Same(base));
        }
        Ok(Self { base, quote })
    }

    /// The two currencies in the order in which the market quotes them.
    pub fn oriented(a: Currency, b: Currency) -> Result<Self, PairError> {
        Self::try_new(a, b).map(Self::orient)
    }

    /// This pair, or its inverse where that is how the market quotes it.
    #[must_use]
    pub fn orient(self) -> Self {
        if self.is_oriented() { self } else { self.inverse() }
    }

    /// Whether the market quotes the pair this way round: the majors by rank, any other two so that the rate is above
    /// one by the fixed table of magnitudes (by code where those are equal).
    pub fn is_oriented(self) -> bool {
        let rank = |currency| RANKED.iter().position(|&ranked| ranked == currency).unwrap_or(RANKED.len());
        let order = |currency: Currency| (rank(currency), currency.magnitude(), currency);
        order(self.base) < order(self.quote)
    }

    /// quote/base.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { base: self.quote, quote: self.base }
    }

    /// What is priced.
    pub fn base(self) -> Currency {
        self.base
    }

    /// What it is priced in.
    pub fn quote(self) -> Currency {
        self.quote
    }

    fn id(self) -> [u8; 6] {
        let mut id = [0; 6];
        id[..3].copy_from_slice(self.base.code().as_bytes());
        id[3..].copy_from_slice(self.quote.code().as_bytes());
        id
    }
}

/// Every pair of `currencies`, oriented: C(n, 2) of them. A currency that is named twice counts once.
pub fn all_pairs(currencies: &[Currency]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = currencies
        .iter()
        .enumerate()
        .flat_map(|(i, &a)| currencies[i + 1..].iter().filter_map(move |&b| Pair::oriented(a, b).ok()))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

impl FromStr for Pair {
    type Err = PairError;

    /// `EURUSD`, `EUR_USD`, `EUR-USD`, `EUR/USD`, in any case and either direction.
    fn from_str(text: &str) -> Result<Self, PairError> {
        let shape = || PairError::Shape(text.to_owned());
        let (base, quote) = match text.len() {
            6 => (text.get(..3), text.get(3..)),
            7 if matches!(text.as_bytes()[3], b'/' | b'-' | b'_') => (text.get(..3), text.get(4..)),
            _ => return Err(shape()),
        };
        let (base, quote) = base.zip(quote).ok_or_else(shape)?;
        Self::try_new(base.parse()?, quote.parse()?)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.id()).unwrap_or_default())
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Pair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(str::from_utf8(&self.id()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::from_str(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currencies(codes: &str) -> Vec<Currency> {
        codes.split(' ').map(|code| code.parse().expect("known")).collect()
    }

    #[test]
    fn the_default_set_stands_as_the_market_quotes_it() {
        let expected = "EURGBP EURAUD EURUSD EURCAD EURCHF EURJPY EURCNY EURINR \
                        GBPAUD GBPUSD GBPCAD GBPCHF GBPJPY GBPCNY GBPINR \
                        AUDUSD AUDCAD AUDCHF AUDJPY AUDCNY AUDINR \
                        USDCAD USDCHF USDJPY USDCNY USDINR \
                        CADCHF CADJPY CADCNY CADINR CHFJPY CHFCNY CHFINR CNYJPY INRJPY CNYINR";
        let mut expected: Vec<Pair> = expected.split_whitespace().map(|id| id.parse().expect("a pair")).collect();
        expected.sort_unstable();
        assert_eq!(all_pairs(&currencies("USD EUR GBP JPY CAD AUD CHF CNY INR")), expected);
    }

    #[test]
    fn of_any_two_currencies_exactly_one_direction_is_oriented() {
        let all: Vec<Currency> = Currency::all().collect();
        for pair in all_pairs(&all) {
            assert!(pair.is_oriented());
            assert!(!pair.inverse().is_oriented());
            assert_eq!(pair.inverse().orient(), pair);
        }
    }

    #[test]
    fn every_notation_is_read() {
        let pair = Pair::try_new(Currency::EUR, Currency::USD).expect("differ");
        for text in ["EURUSD", "eurusd", "EUR/USD", "eur-USD", "EUR_USD"] {
            assert_eq!(text.parse(), Ok(pair));
        }
        assert_eq!("USDEUR".parse(), Ok(pair.inverse()));
        assert_eq!(pair.to_string(), "EURUSD");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |text: &str| text.parse::<Pair>().expect_err("no pair").to_string();
        assert!(error("EURXXX").contains("unknown currency `XXX`"));
        assert!(error("EUREUR").contains("must differ"));
        assert!(error("EUR").contains("`EUR` is no pair"));
        assert!(error("EUR USD").contains("`EUR USD` is no pair"));
        assert!(error("€1").contains("no pair"));
        assert!(error(&"A".repeat(100_000)).len() < 300);
    }
}
