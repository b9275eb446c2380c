use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::condition::Kind;
use super::machine::Watched;
use super::rule::Severity;
use super::state::{PairState, Seen, State};
use super::update::Update;
use crate::clock::Timestamp;
use crate::feed::Source;
use crate::pair::Pair;

/// A change of state, or a notice, as it stands in the history of alerts and travels in `fx-alert-events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Follows from alert, pair and the number of transitions before: a retry gives the same.
    pub id: Uuid,
    /// The alert.
    pub alert_id: Uuid,
    /// What it was called then.
    pub alert_name: String,
    /// The episode that it opens, belongs to or closes; `None` outside any.
    pub episode_id: Option<Uuid>,
    /// The pair, in the rule's own direction.
    pub pair: Pair,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// The feed whose rate it was.
    pub source: Source,
    /// The rate's own time.
    pub source_ts: Timestamp,
    /// Log time.
    pub at: Timestamp,
    /// The rate, in the rule's own direction.
    pub value: f64,
    /// The kind of the rule's condition; `None` in what was told before transitions carried it.
    pub kind: Option<Kind>,
    /// What the condition compares with; of a channel the edge that was passed.
    pub threshold: f64,
    /// The rule's severity.
    pub severity: Severity,
    /// What happened, in words.
    pub message: String,
    /// The figure that was compared, where that is not the rate: a change in the quote currency or in percent, a measure of
    /// volatility, a z-score, a multiple of the feed's cadence, basis points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// What is told, where the state stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    /// The most that rounding by the publisher can be off, in basis points; `None` where no rate came or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision_bp: Option<f64>,
    /// Whether the rate was derived from others; `None` where no rate came or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<bool>,
    /// Of an acknowledgement: who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Of an acknowledgement: their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Of an acknowledgement: the seconds since the firing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_s: Option<f64>,
}

/// What is told while the state stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A held rate would open an episode, were it good.
    Unconfirmed,
    /// The held rate that was told as unconfirmed was none.
    Withdrawn,
    /// An episode is still open.
    Repeat,
}

impl Notice {
    /// Every notice.
    pub const ALL: [Self; 3] = [Self::Unconfirmed, Self::Withdrawn, Self::Repeat];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Withdrawn => "withdrawn",
            Self::Repeat => "repeat",
        }
    }

    /// The notice of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }
}

/// Why a machine moves: a rate, what was measured, and when.
pub(super) struct Cause<'a> {
    pub(super) seen: &'a Seen,
    pub(super) update: Option<&'a Update>,
    /// The number that decided.
    pub(super) x: Option<f64>,
    /// The rate that it was measured from.
    pub(super) from: Option<f64>,
    pub(super) at: Timestamp,
}

impl<'a> Cause<'a> {
    pub(super) fn of_update(update: &'a Update, x: Option<(f64, Option<f64>)>, at: Timestamp) -> Self {
        let (x, from) = x.map_or((None, None), |(x, from)| (Some(x), from));
        Self { seen: &update.seen, update: Some(update), x, from, at }
    }

    /// By time alone: `last` is the last rate that there was.
    pub(super) fn of_time(last: &'a Seen, x: Option<f64>, at: Timestamp) -> Self {
        Self { seen: last, update: None, x, from: None, at }
    }
}

impl Transition {
    /// Of a machine that goes from `state` to `to`.
    pub(super) fn new(watched: &Watched<'_>, state: &PairState, to: State, cause: &Cause<'_>, message: String) -> Self {
        let Watched { alert_id, rule, pair, .. } = *watched;
        let Cause { seen, update, x, at, .. } = *cause;
        let last = state.last.as_ref().map(|last| last.value);
        Self {
            id: id(watched, "transition", state, seen),
            alert_id,
            alert_name: rule.name.clone(),
            episode_id: state.episode,
            pair,
            from: state.state,
            to,
            source: seen.source.clone(),
            source_ts: seen.source_ts,
            at,
            value: seen.value,
            kind: Some(rule.condition.kind()),
            threshold: rule.condition.threshold(last, x.unwrap_or(seen.value)),
            severity: rule.severity,
            message,
            measured: x.filter(|_| !rule.condition.is_of_rate()),
            notice: None,
            precision_bp: update.and_then(|update| update.precision_bp),
            derived: update.and_then(|update| update.is_derived),
            by: None,
            comment: None,
            took_s: None,
        }
    }

    /// Whether an episode begins with it.
    pub fn opens_episode(&self) -> bool {
        // From the others it goes back to an episode that is open.
        let begins = matches!(self.from, State::NoData | State::Normal | State::Pending);
        self.to == State::Firing && begins && self.notice.is_none()
    }

    /// Whether an episode ends with it.
    pub fn closes_episode(&self) -> bool {
        matches!(self.to, State::Normal | State::Expired) && self.episode_id.is_some() && self.notice.is_none()
    }
}

/// The same for the same change of the same machine, however often it is computed.
pub(super) fn id(watched: &Watched<'_>, what: &str, state: &PairState, seen: &Seen) -> Uuid {
    let (pair, count, at) = (watched.pair, state.transitions, seen.source_ts.timestamp_micros());
    Uuid::new_v5(&watched.alert_id, format!("{what} {count} {pair} {at}").as_bytes())
}
