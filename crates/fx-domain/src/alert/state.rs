use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rule::Rule;
use crate::clock::Timestamp;
use crate::feed::{FeedKind, Source};
use crate::rate::Quality;

/// Where a machine stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No rate that counts has arrived yet.
    #[default]
    NoData,
    /// The condition is false.
    Normal,
    /// The condition is true, and `for`, `min_updates` or `cooldown` is still to be met.
    Pending,
    /// An episode is open.
    Firing,
    /// An episode is open, off the firing side, and not yet past the clear threshold.
    Recovering,
    /// The only episode of a `once` rule is over, or the rule was deleted during one.
    Expired,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::NoData, Self::Normal, Self::Pending, Self::Firing, Self::Recovering, Self::Expired];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Normal => "normal",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Recovering => "recovering",
            Self::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// All that the machine of one (alert, pair) knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairState {
    /// Where it stands.
    pub state: State,
    /// The log time of the last change of state; `None` before the first.
    pub since: Option<Timestamp>,
    /// The last rate that counted.
    pub last: Option<Seen>,
    /// In `pending`: the source time at which the condition came true.
    pub true_since: Option<Timestamp>,
    /// In `pending`: the distinct updates at which it was true.
    pub updates: u32,
    /// The open episode.
    pub episode: Option<Uuid>,
    /// The log time of the last firing.
    pub fired_at: Option<Timestamp>,
    /// The changes of state so far.
    pub transitions: u64,
}

/// A rate as a machine remembers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// In the rule's own direction.
    pub value: f64,
    /// The feed.
    pub source: Source,
    /// The rate's own time.
    pub source_ts: Timestamp,
    /// Its version.
    pub fetched_at: Timestamp,
}

/// A rate that a machine is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The rate: its value in the rule's own direction.
    pub seen: Seen,
    /// How its feed speaks.
    pub kind: FeedKind,
    /// Whether its market was open at its source time.
    pub market_open: bool,
    /// What is thought of it.
    pub quality: Quality,
}

/// Why an update moved nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Skipped {
    /// Most likely a mistake.
    Suspect,
    /// A stream's rate from a closed market.
    Closed,
    /// What is known already, or an older version of it.
    Duplicate,
    /// Older than what is known, or just as old from another feed.
    Late,
    /// The rule is over.
    Expired,
}

impl Skipped {
    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspect => "suspect",
            Self::Closed => "closed",
            Self::Duplicate => "duplicate",
            Self::Late => "late",
            Self::Expired => "expired",
        }
    }
}

impl Seen {
    /// Why this rate is no news after `known`, if it is none: every reader that keeps the newest rate goes by this.
    pub fn skipped_after(&self, known: &Self) -> Option<Skipped> {
        if self.source_ts > known.source_ts {
            return None;
        }
        if self.source_ts < known.source_ts || self.source != known.source {
            return Some(Skipped::Late);
        }
        (self.fetched_at <= known.fetched_at).then_some(Skipped::Duplicate)
    }
}

impl Update {
    /// Why it does not count for the machine, if it does not.
    pub(super) fn skipped(&self, rule: &Rule, state: &PairState) -> Option<Skipped> {
        if self.quality == Quality::Suspect {
            return Some(Skipped::Suspect);
        }
        if self.kind == FeedKind::Stream && !self.market_open && !rule.closed_market {
            return Some(Skipped::Closed);
        }
        if state.state == State::Expired {
            return Some(Skipped::Expired);
        }
        self.seen.skipped_after(state.last.as_ref()?)
    }
}
