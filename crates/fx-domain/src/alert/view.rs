use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rule::{Pairs, Rule};
use super::state::{PairState, State};
use crate::clock::Timestamp;
use crate::pair::Pair;

/// An alert as it is shown: the rule, and where each pair stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// `UUIDv7`, so that ids follow the order of creation.
    pub id: Uuid,
    /// What was asked for.
    #[serde(flatten)]
    pub rule: Rule,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the rule was last changed.
    pub updated_at: Timestamp,
    /// Until when nobody is told; `None` where everybody is.
    pub snoozed_until: Option<Timestamp>,
    /// Where each pair stands: the named ones in the rule's order; those of `*` by name, as far as a rate has arrived.
    pub states: Vec<StateView>,
}

/// Where one pair stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateView {
    /// The pair, in the rule's own direction.
    pub pair: Pair,
    /// Its state, as people see it: `snoozed` and `acknowledged` go before what the machine says.
    pub state: State,
    /// Since when the machine stands where it does, in log time; since the rule's creation where no rate has arrived.
    pub since: Timestamp,
    /// The last rate that counted.
    pub value: Option<f64>,
    /// Who looks after the open episode.
    pub acknowledged: Option<Acknowledgement>,
}

/// Somebody looks after an episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: Option<String>,
    /// Their words.
    pub comment: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// The times of an alert.
#[derive(Clone, Copy, Debug)]
pub struct AlertTimes {
    /// When it was created.
    pub created_at: Timestamp,
    /// When the rule was last changed.
    pub updated_at: Timestamp,
    /// Until when nobody is told; `None` where everybody is.
    pub snoozed_until: Option<Timestamp>,
}

/// What is known of one pair of an alert.
#[derive(Clone, Debug)]
pub struct Known {
    /// The pair, in the rule's own direction.
    pub pair: Pair,
    /// What its machine knows.
    pub state: PairState,
    /// Who looks after its open episode.
    pub acknowledgement: Option<Acknowledgement>,
}

impl Alert {
    /// Puts what is `known` of the rule's pairs in their order; a named pair of which nothing is has no data.
    pub fn new(id: Uuid, rule: Rule, times: AlertTimes, mut known: Vec<Known>) -> Self {
        let AlertTimes { created_at, updated_at, snoozed_until } = times;
        known.sort_by_key(|known| known.pair);
        let pairs: Vec<Pair> = match &rule.pairs {
            Pairs::All => known.iter().map(|known| known.pair).collect(),
            Pairs::Named(pairs) => pairs.clone(),
        };
        let nothing = PairState::default();
        let view = |pair| {
            let known = known.binary_search_by_key(&pair, |known| known.pair).ok().map(|at| &known[at]);
            let state = known.map_or(&nothing, |known| &known.state);
            let acknowledged = known.and_then(|known| known.acknowledgement.clone());
            StateView {
                pair,
                state: state.shown(snoozed_until.is_some(), acknowledged.is_some()),
                since: state.since.unwrap_or(created_at),
                value: state.last.as_ref().map(|last| last.value),
                acknowledged,
            }
        };
        let states = pairs.into_iter().map(view).collect();
        Self { id, rule, created_at, updated_at, snoozed_until, states }
    }
}
