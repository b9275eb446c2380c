//! JSON as providers write it, with every figure kept as written.

use std::borrow::Cow;
use std::fmt;

use chrono::DateTime;
use fx_domain::clock::Timestamp;
use fx_domain::door::{RawPrice, RawQuote};
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::FeedError;

/// A table of rates by code. Whatever stands for a figure is kept as its text.
#[derive(Debug)]
pub(super) struct Table<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl Table<'_> {
    /// The quotes of a provider that writes numbers.
    pub(super) fn into_quotes(self) -> Vec<RawQuote> {
        self.map(|raw| raw.get().to_owned())
    }

    /// The quotes of a provider that writes its numbers in quotation marks.
    pub(super) fn into_unquoted(self) -> Vec<RawQuote> {
        self.map(|raw| serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned()))
    }

    fn map(self, text: impl Fn(&RawValue) -> String) -> Vec<RawQuote> {
        let quote = |(code, raw): (Cow<'_, str>, &RawValue)| RawQuote {
            code: code.into_owned(),
            price: RawPrice::Mid(text(raw)),
        };
        self.0.into_iter().map(quote).collect()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Table<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TableVisitor)
    }
}

struct TableVisitor;

impl<'de> Visitor<'de> for TableVisitor {
    type Value = Table<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of rates by currency code")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<'de>, A::Error> {
        let mut rates: Vec<(Cow<'de, str>, &RawValue)> = Vec::with_capacity(map.size_hint().unwrap_or(170));
        while let Some((Code(code), figure)) = map.next_entry::<Code<'de>, &RawValue>()? {
            // Which of two figures is meant is not ours to guess.
            if rates.iter().any(|(have, _)| *have == code) {
                return Err(A::Error::custom(format_args!("{code} stands twice in the table")));
            }
            rates.push((code, figure));
        }
        Ok(Table(rates))
    }
}

#[derive(Deserialize)]
struct Code<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a body, and says plainly where it is no JSON at all.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, FeedError> {
    match body.trim_ascii_start().first() {
        None => Err(FeedError::Empty("JSON")),
        Some(b'<') => Err(FeedError::Format { got: "HTML", expected: "JSON" }),
        Some(_) => serde_json::from_slice(body).map_err(|error| FeedError::Unreadable(error.to_string())),
    }
}

/// Reads what an error answer says, if it says anything in the provider's shape.
pub(super) fn complaint<T: DeserializeOwned>(body: &[u8], words: impl Fn(T) -> Option<String>) -> Option<String> {
    serde_json::from_slice(body).ok().and_then(words).map(|words| words.chars().take(200).collect())
}

/// A time as seconds since 1970.
pub(super) fn unix(seconds: i64) -> Result<Timestamp, FeedError> {
    DateTime::from_timestamp(seconds, 0)
        .ok_or_else(|| FeedError::Unreadable(format!("`{seconds}` is no time, expected seconds since 1970")))
}
