use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::condition::Kind;
use super::rule::Severity;
use super::state::State;
use crate::clock::Timestamp;
use crate::feed::Source;
use crate::pair::Pair;

/// A change of state, as it stands in the history of alerts and travels in `fx-alert-events`.
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
    /// The rule's threshold.
    pub threshold: f64,
    /// The rule's severity.
    pub severity: Severity,
    /// What happened, in words.
    pub message: String,
}
