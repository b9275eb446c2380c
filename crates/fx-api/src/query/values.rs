//! Values of query parameters.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate};
use fx_domain::clock::{Timestamp, to_micros};
use fx_domain::text::from_str;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

use crate::problem::shown;

/// A whole number within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit<const LEAST: u32, const MOST: u32>(pub(crate) u32);

impl<const LEAST: u32, const MOST: u32> FromStr for Limit<LEAST, MOST> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && (LEAST..=MOST).contains(number));
        number.map(Self).ok_or_else(|| format!("`{}` is no number from {LEAST} to {MOST}", shown(text)))
    }
}

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Limit<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_str(from)
    }
}

/// A moment: RFC 3339, or a date, which means its first moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A plus sign in a query string stands for a space.
        let stamp = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).map(|at| to_micros(at.to_utc()));
        let date = || text.parse::<NaiveDate>().ok().and_then(|date| date.and_hms_opt(0, 0, 0)).map(|at| at.and_utc());
        stamp.ok().or_else(date).map(Self).ok_or_else(|| {
            format!("`{}` is no time, expected RFC 3339 such as 2026-10-30T15:00:00Z or a date", shown(text))
        })
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_str(from)
    }
}

/// A value that is read from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parsed<T>(pub(crate) T);

impl<T: FromStr> FromStr for Parsed<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        text.parse().map(Self)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_str(from)
    }
}

/// `true` or `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Switch(pub(crate) bool);

impl FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{}` is neither true nor false", shown(text)))
    }
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_str(from)
    }
}

/// Values with commas between them, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T: FromStr<Err: Display>> FromStr for List<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let values: Result<Vec<T>, _> = text.split(',').map(|value| value.trim().parse::<T>()).collect();
        values.map(Self).map_err(|error| error.to_string())
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_str(from)
    }
}

/// An amount as it was written; whether it makes sense is judged later.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Amount(pub(crate) String);

/// The most that is converted: a thousand times the money of the world, in any currency.
const MOST: i64 = 1_000_000_000_000_000_000;

impl Amount {
    /// The amount, above zero.
    pub(crate) fn decimal(&self) -> Result<Decimal, String> {
        let wrong =
            |problem: &str| format!("amount `{}` {problem}, expected a decimal above 0 such as 100.50", shown(&self.0));
        let amount = Decimal::from_str_exact(&self.0).map_err(|_| wrong(self.complaint()))?;
        if amount <= Decimal::ZERO {
            return Err(wrong("is not above zero"));
        }
        if amount > Decimal::from(MOST) {
            return Err(wrong("is too large"));
        }
        Ok(amount)
    }

    /// Digits that do not fit are another matter than what is no number.
    fn complaint(&self) -> &'static str {
        let is_number =
            self.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && self.0.parse::<f64>().is_ok();
        if is_number { "has more digits than money has" } else { "is no decimal number" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_stamp_or_a_date() {
        let moment = |text: &str| text.parse::<Time>().map(|time| time.0.to_rfc3339()).ok();
        assert_eq!(moment("2026-10-30").as_deref(), Some("2026-10-30T00:00:00+00:00"));
        assert_eq!(moment("2026-10-30T16:00:00 01:00").as_deref(), Some("2026-10-30T15:00:00+00:00"));
        assert_eq!(moment("yesterday"), None);
    }

    #[test]
    fn amounts_are_above_zero_and_sane() {
        let amount = |text: &str| Amount(text.to_owned()).decimal();
        assert_eq!(amount("100.50").map(|amount| amount.to_string()), Ok("100.50".to_owned()));
        for (text, problem) in [
            ("-1", "is not above zero"),
            ("0", "is not above zero"),
            ("0.00", "is not above zero"),
            ("NaN", "is no decimal number"),
            ("inf", "is no decimal number"),
            ("1e400", "is no decimal number"),
            ("1,5", "is no decimal number"),
            ("", "is no decimal number"),
            ("1000000000000000001", "is too large"),
            ("99999999999999999999999999999999999999", "has more digits"),
            ("0.00000000000000000000000000000000000001", "has more digits"),
        ] {
            let error = amount(text).expect_err(text);
            assert!(error.contains(problem) && error.contains(text), "{text}: {error}");
        }
    }
}
