//! Rows of several tables put together.

use std::collections::HashMap;

use fx_domain::alert::{Acknowledgement, Alert, AlertTimes, Known, PairState, State, Transition, Watched};
use fx_domain::clock::Timestamp;
use fx_domain::delivery::Delivery;
use fx_domain::pair::Pair;
use uuid::Uuid;

use super::row::{AcknowledgementRow, RuleRow, StateRow, TransitionRow, moment, parsed};
use super::{Outgoing, Page, TransitionCursor, Unpublished};
use crate::StoreError;

/// Where the machines of some rules stand, by rule, in the order of their pairs.
#[derive(Default)]
pub(super) struct Machines(HashMap<String, Vec<Known>>);

impl Machines {
    pub(super) fn new(states: &[StateRow], acknowledgements: &[AcknowledgementRow]) -> Result<Self, StoreError> {
        let mut acknowledged: HashMap<Uuid, Acknowledgement> = HashMap::new();
        for row in acknowledgements {
            acknowledged.insert(parsed(&row.episode_id)?, row.acknowledgement()?);
        }
        let mut machines: HashMap<String, Vec<Known>> = HashMap::new();
        for row in states {
            let (pair, state): (Pair, PairState) = row.machine()?;
            let acknowledgement = state.episode.and_then(|episode| acknowledged.remove(&episode));
            machines.entry(row.alert_id.clone()).or_default().push(Known { pair, state, acknowledgement });
        }
        Ok(Self(machines))
    }

    /// Whether one of a rule's machines is over.
    pub(super) fn has_expired(&self, rule: &str) -> bool {
        self.0.get(rule).is_some_and(|known| known.iter().any(|known| known.state.state == State::Expired))
    }
}

/// The rules, in their order, with where their pairs stand at `at`.
pub(super) fn alerts(rules: Vec<RuleRow>, mut machines: Machines, at: i64) -> Result<Vec<Alert>, StoreError> {
    let at = moment(at)?;
    let alert = |row: RuleRow| {
        let times = AlertTimes {
            created_at: moment(row.created_at)?,
            updated_at: moment(row.updated_at)?,
            snoozed_until: row.snoozed_until()?.filter(|until| *until > at),
        };
        Ok(Alert::new(parsed(&row.id)?, row.rule()?, times, machines.0.remove(&row.id).unwrap_or_default()))
    };
    rules.into_iter().map(alert).collect()
}

/// What is told when somebody does something about a rule: what `act` makes of each of its machines.
pub(super) fn by_hand(
    row: &RuleRow,
    machines: &Machines,
    mut act: impl FnMut(&Watched<'_>, &PairState) -> Option<Transition>,
) -> Result<Vec<Transition>, StoreError> {
    let (alert_id, rule, snoozed_until) = (parsed(&row.id)?, row.rule()?, row.snoozed_until()?);
    let known = machines.0.get(&row.id).map_or(&[][..], Vec::as_slice);
    let told = known.iter().filter_map(|Known { pair, state, acknowledgement }| {
        let acknowledged = acknowledgement.is_some();
        act(&Watched { alert_id, rule: &rule, pair: *pair, snoozed_until, acknowledged }, state)
    });
    Ok(told.collect())
}

/// Through which channels of a rule its transitions are told: none while it is snoozed.
pub(super) fn to_tell(
    row: &RuleRow,
    transitions: &[Transition],
    at: Timestamp,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    if row.snoozed_until()?.is_some_and(|until| until > at) {
        return Ok(Vec::new());
    }
    let channels = row.rule()?.channels;
    let through = |transition: &Transition| {
        let id = transition.id;
        channels.iter().map(move |channel| (id, channel.clone())).collect::<Vec<_>>()
    };
    Ok(transitions.iter().flat_map(through).collect())
}

/// A page of at most `limit` of the rows, which are one more where there is another page.
pub(super) fn page_of(
    mut rows: Vec<(i64, TransitionRow)>,
    limit: usize,
) -> Result<Page<Transition, TransitionCursor>, StoreError> {
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| is_more);
    let next =
        last.map(|(position, row)| Ok::<_, StoreError>(TransitionCursor { at: moment(row.at)?, position: *position }));
    let next = next.transpose()?;
    let items = rows.into_iter().map(|(_, row)| row.try_into()).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

/// The rows of the outbox, in their order, with what they name: a transition or a delivery.
pub(super) fn outgoing(
    rows: Vec<(i64, Option<String>, Option<String>)>,
    transitions: Vec<TransitionRow>,
    deliveries: Vec<Delivery>,
) -> Result<Vec<Unpublished>, StoreError> {
    let mut transitions: HashMap<String, TransitionRow> =
        transitions.into_iter().map(|row| (row.id.clone(), row)).collect();
    let deliveries: HashMap<String, Delivery> =
        deliveries.into_iter().map(|delivery| (delivery.id.to_string(), delivery)).collect();
    let mut outgoing = Vec::with_capacity(rows.len());
    for (position, transition, delivery) in rows {
        if let Some(row) = transition.and_then(|id| transitions.remove(&id)) {
            outgoing.push(Unpublished { position, what: Outgoing::Transition(Box::new(row.try_into()?)) });
        } else if let Some(delivery) = delivery.and_then(|id| deliveries.get(&id)) {
            outgoing.push(Unpublished { position, what: Outgoing::Delivery(delivery.clone()) });
        }
    }
    Ok(outgoing)
}
