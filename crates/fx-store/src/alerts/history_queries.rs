//! What happened to alerts, for SQLite and PostgreSQL alike: written, read, and handed out from the outbox.

use diesel::prelude::*;
use fx_domain::alert::Transition;
use uuid::Uuid;

use super::{Connection, RunQueryDsl, delivery};
use crate::aborted::Aborted;
use crate::alerts::row::{DELIVERIES, EVENTS, TELL, TransitionRow};
use crate::alerts::schema::{alert_acknowledgements, alert_outbox, alert_transitions};
use crate::alerts::{Page, TransitionCursor, TransitionQuery, Unpublished, assemble};

/// Of a statement, which PostgreSQL lets have no more than 65535 values.
const ROWS_AT_ONCE: usize = 1000;

/// Writes transitions, that they are to be published, and through which channels they are to be told.
pub(in crate::alerts) async fn record(
    connection: &mut Connection,
    transitions: &[Transition],
    tell: &[(Uuid, String)],
) -> Result<(), Aborted> {
    for some in transitions.chunks(ROWS_AT_ONCE) {
        let rows: Vec<TransitionRow> = some.iter().map(TransitionRow::of).collect::<Result<_, _>>()?;
        diesel::insert_into(alert_transitions::table).values(rows).execute(connection).await?;
        let id = |transition: &Transition| alert_outbox::transition_id.eq(transition.id.to_string());
        let rows: Vec<_> = some.iter().map(|transition| (alert_outbox::kind.eq(EVENTS), id(transition))).collect();
        diesel::insert_into(alert_outbox::table).values(rows).execute(connection).await?;
    }
    for some in tell.chunks(ROWS_AT_ONCE) {
        let row = |(id, channel): &(Uuid, String)| {
            let subject = alert_outbox::transition_id.eq(id.to_string());
            (alert_outbox::kind.eq(TELL), subject, alert_outbox::channel.eq(channel.clone()))
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        diesel::insert_into(alert_outbox::table).values(rows).execute(connection).await?;
    }
    let closed = transitions.iter().filter(|it| it.closes_episode()).filter_map(|it| it.episode_id);
    let closed: Vec<String> = closed.map(|id| id.to_string()).collect();
    if !closed.is_empty() {
        let looked_after = alert_acknowledgements::table.filter(alert_acknowledgements::episode_id.eq_any(closed));
        diesel::delete(looked_after).execute(connection).await?;
    }
    Ok(())
}

pub(super) async fn transitions(
    connection: &mut Connection,
    query: &TransitionQuery,
) -> Result<Page<Transition, TransitionCursor>, Aborted> {
    use alert_transitions::dsl;
    let columns = (dsl::position, TransitionRow::as_select());
    let mut wanted = dsl::alert_transitions.select(columns).order((dsl::at.desc(), dsl::position.desc())).into_boxed();
    if let Some(alert_id) = query.alert_id {
        wanted = wanted.filter(dsl::alert_id.eq(alert_id.to_string()));
    }
    if let Some(pair) = query.pair {
        wanted = wanted.filter(dsl::pair.eq_any([pair.to_string(), pair.inverse().to_string()]));
    }
    if let Some(from) = query.from {
        wanted = wanted.filter(dsl::at.ge(from.timestamp_micros()));
    }
    if let Some(to) = query.to {
        wanted = wanted.filter(dsl::at.lt(to.timestamp_micros()));
    }
    if let Some(state) = query.to_state {
        wanted = wanted.filter(dsl::to_state.eq(state.name()));
    }
    if let Some(TransitionCursor { at, position }) = query.after {
        let at = at.timestamp_micros();
        wanted = wanted.filter(dsl::at.lt(at).or(dsl::at.eq(at).and(dsl::position.lt(position))));
    }
    let rows: Vec<(i64, TransitionRow)> = wanted.limit(i64::from(query.limit) + 1).load(connection).await?;
    Ok(assemble::page_of(rows, usize::try_from(query.limit).unwrap_or(usize::MAX))?)
}

/// The oldest rows of the outbox that are to be published, with what they name.
pub(super) async fn unpublished(connection: &mut Connection, limit: u32) -> Result<Vec<Unpublished>, Aborted> {
    let rows = alert_outbox::table
        .filter(alert_outbox::kind.eq_any([EVENTS, DELIVERIES]))
        .order(alert_outbox::position)
        .limit(limit.into())
        .select((alert_outbox::position, alert_outbox::transition_id, alert_outbox::delivery_id));
    let rows: Vec<(i64, Option<String>, Option<String>)> = rows.load(connection).await?;
    let ids: Vec<&String> = rows.iter().filter_map(|(_, transition, _)| transition.as_ref()).collect();
    let transitions: Vec<TransitionRow> = alert_transitions::table
        .filter(alert_transitions::id.eq_any(ids))
        .select(TransitionRow::as_select())
        .load(connection)
        .await?;
    let ids: Vec<String> = rows.iter().filter_map(|(.., delivery)| delivery.clone()).collect();
    let deliveries = if ids.is_empty() { Vec::new() } else { delivery::by_ids(connection, &ids).await? };
    Ok(assemble::outgoing(rows, transitions, deliveries)?)
}
