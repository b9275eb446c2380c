use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::condition::Condition;
use super::rule::Rule;
use super::update::Skipped;
use crate::clock::Timestamp;
use crate::feed::Source;

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
    /// Somebody wants to hear nothing of it for a while; as it is shown, the machine itself goes on.
    Snoozed,
    /// Somebody has taken note of the open episode; as it is shown, the machine itself goes on.
    Acknowledged,
    /// The only episode of a `once` rule is over, the rule's time is, or the rule was deleted during an episode.
    Expired,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::NoData,
        Self::Normal,
        Self::Pending,
        Self::Firing,
        Self::Recovering,
        Self::Snoozed,
        Self::Acknowledged,
        Self::Expired,
    ];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Normal => "normal",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Recovering => "recovering",
            Self::Snoozed => "snoozed",
            Self::Acknowledged => "acknowledged",
            Self::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// All that the machine of one (alert, pair) knows. What a version before this one has written is read as if nothing of
/// what it did not know had happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PairState {
    /// Where it stands.
    pub state: State,
    /// The log time of the last change of state; `None` before the first.
    pub since: Option<Timestamp>,
    /// The last rate that counted.
    pub last: Option<Seen>,
    /// In `pending`: the source time at which the condition came true; the log time where it is `stale`.
    pub true_since: Option<Timestamp>,
    /// In `pending`: the distinct updates at which it was true.
    pub updates: u32,
    /// The open episode.
    pub episode: Option<Uuid>,
    /// The log time of the last firing.
    pub fired_at: Option<Timestamp>,
    /// The transitions so far, notices included.
    pub transitions: u64,
    /// Of a `divergence`: the last rate of the feed that `last` is not of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Box<Seen>>,
    /// The held rate of which an `unconfirmed` notice was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<Box<Seen>>,
    /// The rate of the last firing, where changes are measured from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Point>,
    /// The log time at which the open episode was last told again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated_at: Option<Timestamp>,
    /// The open episode began while the alert was snoozed, and nobody has been told yet.
    #[serde(skip_serializing_if = "is_false")]
    pub muted: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A rate at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The rate's own time.
    pub source_ts: Timestamp,
    /// In the rule's own direction.
    pub value: f64,
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

impl PairState {
    /// The last rate that `seen` is to be compared with: of a divergence that of the same feed, else the last of all.
    pub(super) fn last_of(&self, rule: &Rule, seen: &Seen) -> Option<&Seen> {
        if !matches!(rule.condition, Condition::Divergence { .. }) {
            return self.last.as_ref();
        }
        self.last.iter().chain(self.beside.as_deref()).find(|last| last.source == seen.source)
    }

    /// The state as it is shown: what somebody has done about it goes before what the machine says, as long as there is
    /// something to be done.
    pub fn shown(&self, is_snoozed: bool, is_acknowledged: bool) -> State {
        match self.state {
            State::Expired => State::Expired,
            _ if is_snoozed => State::Snoozed,
            _ if is_acknowledged && self.episode.is_some() => State::Acknowledged,
            state => state,
        }
    }
}
