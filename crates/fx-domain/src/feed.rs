//! What is known of a feed: its name, its nature, how it is doing.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::currency::shown;

/// A feed's name, such as `ecb`: 1 to 32 of a-z, 0-9 and `-`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(Arc<str>);

/// A text that names no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no source, expected 1 to 32 of a-z, 0-9 and `-`, such as ecb", shown(.0))]
pub struct SourceError(pub String);

impl Source {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(name: &str) -> Result<Self, SourceError> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=32).contains(&name.len()) && name.bytes().all(letter) {
            Ok(Self(name.into()))
        } else {
            Err(SourceError(name.to_owned()))
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::from_str(deserializer)
    }
}

/// How a feed speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// A whole table at once: a period is one update, crosses come from one batch.
    Table,
    /// Single quotes as they change: a period is a minute, crosses take the newest of each leg.
    Stream,
}

impl FeedKind {
    /// From which age, in open-market time, the rates of a feed are stale of which no more is known: five minutes for a
    /// stream, two days for a daily table.
    pub fn usual_stale_after(self) -> TimeDelta {
        match self {
            Self::Stream => TimeDelta::minutes(5),
            Self::Table => TimeDelta::days(2),
        }
    }
}

/// Which days a feed's market is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Market {
    /// The spot market: Sunday 17:00 to Friday 17:00 New York time, but for 25 December and 1 January.
    #[default]
    Spot,
    /// The spot market's hours on the days on which the euro area's TARGET system is open.
    Target,
}

/// How a feed is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedState {
    /// Configured, and nothing has arrived yet.
    Waiting,
    /// Its last answer was good.
    Live,
    /// It failed and is tried again later.
    Backoff,
    /// It has failed for so long, or so finally, that somebody should look.
    Down,
    /// History that came with the program; nothing live has arrived yet.
    Bundled,
    /// A recording is being replayed.
    Replay,
}

/// What a feed tells of itself with each poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedStatus {
    /// How it is doing.
    pub state: FeedState,
    /// When it last answered.
    pub last_polled: Option<Timestamp>,
    /// When it is asked next; `None` for streams.
    pub next_poll: Option<Timestamp>,
    /// What went wrong at the last try, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Refused rates and answers since the start, by reason.
    #[serde(default)]
    pub refused: BTreeMap<String, u64>,
    /// What the provider says is left of the quota.
    #[serde(default)]
    pub quota: Option<Quota>,
}

/// A provider's limit on requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Requests allowed in the provider's period.
    pub limit: Option<u64>,
    /// Requests left.
    pub remaining: Option<u64>,
}

impl FeedStatus {
    /// A feed of which nothing is known but its state.
    pub fn new(state: FeedState) -> Self {
        Self { state, last_polled: None, next_poll: None, last_error: None, refused: BTreeMap::new(), quota: None }
    }
}
