//! The engine's side: its standing, its effect, its outbox.

use std::collections::{HashMap, HashSet};

use diesel::SqliteConnection;
use diesel::prelude::*;
use fx_domain::alert::{KnownRate, Transition};
use uuid::Uuid;

use super::row::{RateRow, StateRow, TELL, moment, parsed, unreadable};
use super::schema::{alert_outbox, alert_positions, alert_rates, alert_rules, alert_states};
use super::sqlite::history_queries;
use super::{CommitError, Effect, Standing};
use crate::StoreError;
use crate::sqlite::done;

/// The position of a partition that nobody has opened before is its beginning.
pub(super) fn open(connection: &mut SqliteConnection, partition: u32) -> Result<Standing, StoreError> {
    let partition = i64::from(partition);
    let beginning = (alert_positions::partition_id.eq(partition), alert_positions::next_offset.eq(0));
    diesel::insert_or_ignore_into(alert_positions::table).values(beginning).execute(connection)?;
    let position = alert_positions::table.find(partition);
    let (next_offset, log_time): (i64, Option<i64>) =
        position.select((alert_positions::next_offset, alert_positions::log_time)).first(connection)?;
    let states: Vec<(StateRow, i64)> = alert_states::table
        .inner_join(alert_rules::table.on(alert_rules::id.eq(alert_states::alert_id)))
        .filter(alert_states::partition_id.eq(partition))
        .select((StateRow::as_select(), alert_rules::begun_at))
        .load(connection)?;
    let rates: Vec<RateRow> = alert_rates::table
        .filter(alert_rates::partition_id.eq(partition))
        .select(RateRow::as_select())
        .load(connection)?;
    Ok(Standing {
        next_offset: u64::try_from(next_offset).map_err(|error| unreadable("offset", error))?,
        log_time: log_time.map(moment).transpose()?,
        states: states.into_iter().map(|(row, begun_at)| row.stored(begun_at)).collect::<Result<_, _>>()?,
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
    let transitions = effect.transitions.iter().filter(|transition| living.contains(&transition.alert_id));
    let transitions: Vec<Transition> = transitions.cloned().collect();
    let written: HashSet<Uuid> = transitions.iter().map(|transition| transition.id).collect();
    let tell: Vec<_> = effect.tell.iter().filter(|(id, _)| written.contains(id)).cloned().collect();
    done(history_queries::record(connection, &transitions, &tell))?;
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

/// Which of the rules that the effect concerns are still there, with the same machines.
fn living_of(connection: &mut SqliteConnection, effect: &Effect) -> Result<HashSet<Uuid>, StoreError> {
    let concerned: HashMap<Uuid, i64> =
        effect.states.iter().map(|state| (state.alert_id, state.begun_at.timestamp_micros())).collect();
    if concerned.is_empty() {
        return Ok(HashSet::new());
    }
    let living = alert_rules::table.filter(alert_rules::deleted_at.is_null());
    let living: Vec<(String, i64)> = living.select((alert_rules::id, alert_rules::begun_at)).load(connection)?;
    let mut found = HashSet::new();
    for (id, begun_at) in living {
        let id = parsed(&id)?;
        if concerned.get(&id) == Some(&begun_at) {
            found.insert(id);
        }
    }
    Ok(found)
}

pub(super) fn published(connection: &mut SqliteConnection, position: i64) -> Result<(), StoreError> {
    let done = alert_outbox::table.filter(alert_outbox::kind.ne(TELL).and(alert_outbox::position.le(position)));
    diesel::delete(done).execute(connection)?;
    Ok(())
}
