//! One key of the file.

use std::num::NonZeroU32;
use std::str::FromStr;

use fx_domain::clock::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::key::Fingerprint;
use super::super::rate::Rate;
use super::super::scope::Scope;

/// Of a key that nobody gave another: a page, a script, a scraper.
const USUAL_RATE: Rate = Rate::per_second(NonZeroU32::new(50).expect("not 0"));

/// A key as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// By which it is called, in logs too.
    #[serde(deserialize_with = "checked_name")]
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// How many requests it may send.
    pub rate: Rate,
    /// How many of them at once.
    pub burst: NonZeroU32,
    /// When it was made.
    pub created_at: Timestamp,
    pub(in crate::access) sha256: Fingerprint,
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct KeyWish {
    /// By which it is called.
    pub name: KeyName,
    /// What it may do.
    pub scope: Scope,
    /// How many requests it may send. Default 50/s.
    pub rate: Option<Rate>,
    /// How many of them at once. Default those of ten seconds, or of one minute.
    pub burst: Option<NonZeroU32>,
}

impl KeyWish {
    pub(super) fn entry(self, sha256: Fingerprint, created_at: Timestamp) -> KeyEntry {
        let rate = self.rate.unwrap_or(USUAL_RATE);
        let burst = self.burst.unwrap_or_else(|| rate.usual_burst());
        KeyEntry { name: self.name.0, scope: self.scope, rate, burst, created_at, sha256 }
    }
}

/// The name of a key: what may stand in a log and on a command line as it is.
#[derive(Clone, Debug)]
pub struct KeyName(String);

/// A text cannot be the name of a key.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no name for a key, which has up to 64 letters, digits and signs of .-_@, and begins with a letter or digit"
)]
pub struct NoKeyName(String);

impl FromStr for KeyName {
    type Err = NoKeyName;

    fn from_str(text: &str) -> Result<Self, NoKeyName> {
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b".-_@".contains(&byte);
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if begins && text.len() <= 64 && text.bytes().all(is_sign) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoKeyName(text.chars().take(80).collect()))
        }
    }
}

fn checked_name<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name: KeyName = String::deserialize(from)?.parse().map_err(serde::de::Error::custom)?;
    Ok(name.0)
}
