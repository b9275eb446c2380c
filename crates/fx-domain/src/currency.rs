//! Currencies by their ISO 4217 code.

mod table;

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use table::KNOWN;

/// A known currency. Two bytes of a pair, ordered by code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(u8);

/// A code that stands for no currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown currency `{}`, expected an ISO 4217 code such as EUR", shown(.0))]
pub struct UnknownCurrency(pub String);

/// Input may be of any length: an error shows only as much of it as a person reads.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain("…".chars()).collect()
}

impl Currency {
    /// The US dollar.
    pub const USD: Self = Self::known("USD");
    /// The euro.
    pub const EUR: Self = Self::known("EUR");

    /// How many currencies are known.
    pub const COUNT: usize = KNOWN.len();

    /// A code that the table is known to hold; anything else fails to compile where this is a constant.
    pub(crate) const fn known(code: &str) -> Self {
        let wanted = code.as_bytes();
        let mut number = 0;
        while number < KNOWN.len() {
            let have = KNOWN[number].code.as_bytes();
            if have[0] == wanted[0] && have[1] == wanted[1] && have[2] == wanted[2] {
                #[expect(clippy::cast_possible_truncation, reason = "the table has fewer than 256 rows")]
                return Self(number as u8);
            }
            number += 1;
        }
        panic!("no such currency");
    }

    /// Every known currency, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map(Self).take(Self::COUNT)
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.known_row().code
    }

    /// The English name.
    pub fn name(self) -> String {
        match self.known_row().other {
            Some((name, _)) => name.to_owned(),
            None => self.iso().map_or_else(|| self.code().to_owned(), |iso| iso.name().to_owned()),
        }
    }

    /// Digits after the decimal point in an amount of money (2 for EUR, 0 for JPY, 3 for KWD); `None` for metals and
    /// units of account, which have none.
    pub fn minor_unit(self) -> Option<u16> {
        match self.known_row().other {
            Some((_, minor_unit)) => Some(minor_unit),
            None => self.iso().and_then(iso_currency::Currency::exponent),
        }
    }

    /// Units per US dollar, to two digits and never updated: good for which way round a pair is quoted, no rate.
    pub(crate) fn magnitude(self) -> f64 {
        self.known_row().per_usd
    }

    /// The position among all known currencies.
    fn number(self) -> usize {
        usize::from(self.0)
    }

    fn known_row(self) -> &'static table::Known {
        &KNOWN[self.number()]
    }

    fn iso(self) -> Option<iso_currency::Currency> {
        iso_currency::Currency::from_code(self.code())
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Three letters, in any case.
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        place_of(text).and_then(|place| NUMBERS[place]).map(Self).ok_or_else(|| UnknownCurrency(text.to_owned()))
    }
}

const LETTERS: usize = 26;

/// The number of each currency at the place of its code. Every message has dozens of codes: a search would be most of what
/// reading it costs.
static NUMBERS: LazyLock<Box<[Option<u8>]>> = LazyLock::new(|| {
    let mut numbers = vec![None; LETTERS * LETTERS * LETTERS];
    for currency in Currency::all() {
        if let Some(place) = place_of(currency.code()) {
            numbers[place] = Some(currency.0);
        }
    }
    numbers.into()
});

/// Three letters, in any case, as a number to the base of 26.
fn place_of(text: &str) -> Option<usize> {
    let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
    letters.into_iter().try_fold(0, |place, letter| {
        letter.is_ascii_alphabetic().then(|| place * LETTERS + usize::from(letter.to_ascii_uppercase() - b'A'))
    })
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::from_str(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_code_is_found_again() {
        assert!(KNOWN.is_sorted_by(|a, b| a.code < b.code));
        for currency in Currency::all() {
            assert_eq!(currency.code().parse(), Ok(currency));
            assert_eq!(currency.code().to_lowercase().parse(), Ok(currency));
            assert!(!currency.name().is_empty());
            assert!(currency.magnitude() > 0.0);
        }
    }

    #[test]
    fn minor_units_are_those_of_iso_4217() {
        let minor = |code: &str| code.parse::<Currency>().expect("known").minor_unit();
        assert_eq!(minor("EUR"), Some(2));
        assert_eq!(minor("JPY"), Some(0));
        assert_eq!(minor("KWD"), Some(3));
        assert_eq!(minor("XAU"), None);
    }

    #[test]
    fn an_unknown_code_is_named() {
        for text in ["XXX", "EU", "EURO", "€", "", "BTC"] {
            let error = text.parse::<Currency>().expect_err("no currency");
            assert!(error.to_string().contains(text), "{error}");
        }
        assert!("A".repeat(100_000).parse::<Currency>().expect_err("too long").to_string().len() < 200);
    }
}
