//! The engine's side: its standing, its effect, its outbox.

use std::collections::HashSet;

use diesel::SqliteConnection;
use diesel::prelude::*;
use fx_domain::alert::Transition;
use uuid::Uuid;

use super::row::{RateRow, StateRow, TransitionRow, moment, parsed, unreadable};
use super::schema::{alert_outbox, alert_positions, alert_rates, alert_rules, alert_states, alert_transitions};
use super::{CommitError, Effect, KnownRate, Standing, StoredState, Unpublished};
use crate::StoreError;

/// Publication to `fx-alert-events`.
const EVENTS: &str = "events";

/// The position of a partition that nobody has opened before is its beginning.
pub(super) fn open(connection: &mut SqliteConnection, partition: u32) -> Result<Standing, StoreError> {
    let partition = i64::from(partition);
    let beginning = (alert_positions::partition_id.eq(partition), alert_positions::next_offset.eq(0));
    diesel::insert_or_ignore_into(alert_positions::table).values(beginning).execute(connection)?;
    let position = alert_positions::table.find(partition);
    let (next_offset, log_time): (i64, Option<i64>) =
        position.select((alert_positions::next_offset, alert_positions::log_time)).first(connection)?;
    let states: Vec<StateRow> = alert_states::table
        .filter(alert_states::partition_id.eq(partition))
        .select(StateRow::as_select())
        .load(connection)?;
    let rates: Vec<RateRow> = alert_rates::table
        .filter(alert_rates::partition_id.eq(partition))
        .select(RateRow::as_select())
        .load(connection)?;
    Ok(Standing {
        next_offset: u64::try_from(next_offset).map_err(|error| unreadable("offset", error))?,
        log_time: log_time.map(moment).transpose()?,
        states: states.into_iter().map(StoredState::try_from).collect::<Result<_, _>>()?,
        rates: rates.into_iter().map(KnownRate::try_from).collect::<Result<_, _>>()?,
    })
}

pub(super) fn commit(connection: &mut SqliteConnection, effect: &Effect) -> Result<(), CommitError> {
    if !advance(connection, effect)? {
        return Err(CommitError::Fenced { partition: effect.partition, expected: effect.expected });
    }
    let living = living_of(connection, effect)?;
    for state in effect.states.iter().filter(|state| living.contains(&state.alert_id)) {
        let row = StateRow::of(state, effect.partition)?;
        diesel::replace_into(alert_states::table).values(row).execute(connection).map_err(StoreError::from)?;
    }
    for transition in effect.transitions.iter().filter(|transition| living.contains(&transition.alert_id)) {
        record(connection, transition)?;
    }
    for rate in &effect.rates {
        let row = RateRow::of(rate, effect.partition)?;
        diesel::replace_into(alert_rates::table).values(row).execute(connection).map_err(StoreError::from)?;
    }
    Ok(())
}

/// Moves the position on from where the engine thought it stood; false where it stands elsewhere.
fn advance(connection: &mut SqliteConnection, effect: &Effect) -> Result<bool, StoreError> {
    let signed = |offset: u64| i64::try_from(offset).map_err(|error| unreadable("offset", error));
    let held = alert_positions::table
        .find(i64::from(effect.partition))
        .filter(alert_positions::next_offset.eq(signed(effect.expected)?));
    let after = (
        alert_positions::next_offset.eq(signed(effect.next_offset)?),
        alert_positions::log_time.eq(effect.log_time.map(|at| at.timestamp_micros())),
    );
    Ok(diesel::update(held).set(after).execute(connection)? > 0)
}

/// Which of the rules that the effect concerns are still there.
fn living_of(connection: &mut SqliteConnection, effect: &Effect) -> Result<HashSet<Uuid>, StoreError> {
    let concerned: HashSet<Uuid> = effect.states.iter().map(|state| state.alert_id).collect();
    if concerned.is_empty() {
        return Ok(concerned);
    }
    let living = alert_rules::table.filter(alert_rules::deleted_at.is_null()).select(alert_rules::id);
    let living: Vec<String> = living.load(connection)?;
    let living = living.iter().map(|id| parsed(id)).collect::<Result<HashSet<Uuid>, _>>()?;
    Ok(concerned.intersection(&living).copied().collect())
}

pub(super) fn record(connection: &mut SqliteConnection, transition: &Transition) -> Result<(), StoreError> {
    let row = TransitionRow::from(transition);
    diesel::insert_into(alert_transitions::table).values(row).execute(connection)?;
    let to_publish = (alert_outbox::kind.eq(EVENTS), alert_outbox::transition_id.eq(transition.id.to_string()));
    diesel::insert_into(alert_outbox::table).values(to_publish).execute(connection)?;
    Ok(())
}

pub(super) fn unpublished(connection: &mut SqliteConnection, limit: u32) -> Result<Vec<Unpublished>, StoreError> {
    let rows: Vec<(i64, TransitionRow)> = alert_outbox::table
        .inner_join(alert_transitions::table.on(alert_transitions::id.eq(alert_outbox::transition_id)))
        .filter(alert_outbox::kind.eq(EVENTS))
        .order(alert_outbox::position)
        .limit(limit.into())
        .select((alert_outbox::position, TransitionRow::as_select()))
        .load(connection)?;
    rows.into_iter().map(|(position, row)| Ok(Unpublished { position, transition: row.try_into()? })).collect()
}

pub(super) fn published(connection: &mut SqliteConnection, position: i64) -> Result<(), StoreError> {
    let done = alert_outbox::table.filter(alert_outbox::kind.eq(EVENTS).and(alert_outbox::position.le(position)));
    diesel::delete(done).execute(connection)?;
    Ok(())
}
