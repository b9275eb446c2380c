use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::condition::Kind;
use super::machine::Watched;
use super::rule::Severity;
use super::state::{PairState, Seen, State};
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

impl Transition {
    /// Of a machine that goes from `state` to `to` by `seen` at log time `at`.
    pub(super) fn new(
        watched: &Watched<'_>,
        state: &PairState,
        to: State,
        (seen, at): (&Seen, Timestamp),
        message: String,
    ) -> Self {
        let Watched { alert_id, rule, pair } = *watched;
        Self {
            id: id(watched, "transition", state.transitions, seen),
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
            kind: Some(rule.condition.kind),
            threshold: rule.condition.threshold,
            severity: rule.severity,
            message,
        }
    }
}

/// The same for the same change of the same machine, however often it is computed.
pub(super) fn id(watched: &Watched<'_>, what: &str, count: u64, seen: &Seen) -> Uuid {
    let name = format!("{what} {} {count} {}", watched.pair, seen.source_ts.timestamp_micros());
    Uuid::new_v5(&watched.alert_id, name.as_bytes())
}
