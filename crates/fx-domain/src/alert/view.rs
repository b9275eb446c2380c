use serde::Serialize;
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
    /// Where each pair stands: the named ones in the rule's order; those of `*` by name, as far as a rate has arrived.
    pub states: Vec<StateView>,
}

/// Where one pair stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateView {
    /// The pair, in the rule's own direction.
    pub pair: Pair,
    /// Its state.
    pub state: State,
    /// Since when, in log time; since the rule's creation where no rate has arrived.
    pub since: Timestamp,
    /// The last rate that counted.
    pub value: Option<f64>,
}

impl Alert {
    /// Puts the `known` states of the rule's pairs in their order; a named pair without one is `no_data`.
    pub fn new(id: Uuid, rule: Rule, times: (Timestamp, Timestamp), mut known: Vec<(Pair, PairState)>) -> Self {
        let (created_at, updated_at) = times;
        known.sort_by_key(|(pair, _)| *pair);
        let pairs: Vec<Pair> = match &rule.pairs {
            Pairs::All => known.iter().map(|(pair, _)| *pair).collect(),
            Pairs::Named(pairs) => pairs.clone(),
        };
        let state_of = |pair| known.binary_search_by_key(&pair, |(pair, _)| *pair).ok().map(|at| &known[at].1);
        let view = |pair| {
            let state = state_of(pair);
            StateView {
                pair,
                state: state.map(|state| state.state).unwrap_or_default(),
                since: state.and_then(|state| state.since).unwrap_or(created_at),
                value: state.and_then(|state| state.last.as_ref()).map(|last| last.value),
            }
        };
        let states = pairs.into_iter().map(view).collect();
        Self { id, rule, created_at, updated_at, states }
    }
}
