//! Deliveries, for SQLite and PostgreSQL alike. Whoever calls this has a transaction open.

use std::collections::HashMap;

use diesel::dsl::min;
use diesel::prelude::*;
use fx_domain::alert::Transition;
use fx_domain::clock::Timestamp;
use fx_domain::delivery::{Attempt, Delivery, Status};
use uuid::Uuid;

use super::channel_queries::{by_name, row};
use super::{Connection, RunQueryDsl, one_at_a_time};
use crate::aborted::Aborted;
use crate::alerts::Page;
use crate::alerts::row::{DELIVERIES, TELL, TransitionRow, moment};
use crate::alerts::schema::{alert_outbox, alert_transitions};
use crate::delivery::gathering::{self, Gathered, ToTell};
use crate::delivery::row::{AttemptRow, DeliveryRow, Told, assembled};
use crate::delivery::schema::{alert_channels, deliveries, delivery_attempts, delivery_transitions};
use crate::delivery::{Channel, DeliveryQuery, DueDelivery, Outcome, Wanted};

/// Rows of the outbox that become deliveries in one transaction.
const GATHERED_AT_ONCE: i64 = 1000;

/// Deliveries that go in one transaction.
const FORGOTTEN_AT_ONCE: i64 = 1000;

/// Finishes what is on its way through a channel.
pub(super) async fn settle(
    connection: &mut Connection,
    channel: &str,
    (status, reason): (Status, &str),
    at: Timestamp,
) -> Result<(), Aborted> {
    let pending = deliveries::channel.eq(channel).and(deliveries::status.eq(Status::Pending.name()));
    let settled = diesel::update(deliveries::table.filter(pending)).set((
        deliveries::status.eq(status.name()),
        deliveries::reason.eq(reason),
        deliveries::next_at.eq(None::<i64>),
        deliveries::finished_at.eq(at.timestamp_micros()),
    ));
    let ids: Vec<String> = settled.returning(deliveries::id).get_results(connection).await?;
    publish(connection, ids).await
}

/// Lets the log know of deliveries that are finished.
async fn publish(connection: &mut Connection, ids: Vec<String>) -> Result<(), Aborted> {
    let row = |id| (alert_outbox::kind.eq(DELIVERIES), alert_outbox::delivery_id.eq(id));
    let rows: Vec<_> = ids.into_iter().map(row).collect();
    if !rows.is_empty() {
        diesel::insert_into(alert_outbox::table).values(rows).execute(connection).await?;
    }
    Ok(())
}

pub(super) async fn gather(connection: &mut Connection, at: Timestamp) -> Result<usize, Aborted> {
    one_at_a_time(connection, "deliveries").await?;
    let to_tell = alert_outbox::table
        .filter(alert_outbox::kind.eq(TELL))
        .order(alert_outbox::position)
        .limit(GATHERED_AT_ONCE)
        .select((
            alert_outbox::position,
            alert_outbox::transition_id.assume_not_null(),
            alert_outbox::channel.assume_not_null(),
        ));
    let rows: Vec<(i64, String, String)> = to_tell.load(connection).await?;
    let positions: Vec<i64> = rows.iter().map(|(position, ..)| *position).collect();
    if positions.is_empty() {
        return Ok(0);
    }
    let told = rows.into_iter().map(|(_, transition_id, channel)| ToTell { transition_id, channel }).collect();
    let (channels, open) = (by_name(connection).await?, collecting(connection, at).await?);
    let Gathered { deliveries: made, links } = gathering::gather(told, &channels, open, at)?;
    let is_finished = |delivery: &&DeliveryRow| delivery.status != Status::Pending.name();
    let finished = made.iter().filter(is_finished).map(|delivery| delivery.id.clone()).collect();
    diesel::insert_into(deliveries::table).values(made).execute(connection).await?;
    diesel::insert_into(delivery_transitions::table).values(links).execute(connection).await?;
    publish(connection, finished).await?;
    let done = alert_outbox::table.filter(alert_outbox::position.eq_any(&positions));
    diesel::delete(done).execute(connection).await?;
    Ok(positions.len())
}

/// The deliveries that nobody has begun to send and that wait for more, by channel.
async fn collecting(connection: &mut Connection, at: Timestamp) -> Result<HashMap<String, String>, Aborted> {
    let names = alert_channels::table.filter(alert_channels::group_for.is_not_null()).select(alert_channels::name);
    let names: Vec<String> = names.load(connection).await?;
    let waiting = deliveries::status.eq(Status::Pending.name()).and(deliveries::tries.eq(0));
    let rows = deliveries::table
        .filter(waiting.and(deliveries::next_at.gt(at.timestamp_micros())))
        .filter(deliveries::channel.eq_any(names))
        .order(deliveries::position)
        .select((deliveries::channel, deliveries::id));
    let rows: Vec<(String, String)> = rows.load(connection).await?;
    Ok(rows.into_iter().collect())
}

pub(super) async fn due(
    connection: &mut Connection,
    at: Timestamp,
    wanted: &Wanted,
) -> Result<Vec<DueDelivery>, Aborted> {
    one_at_a_time(connection, "deliveries").await?;
    let now = at.timestamp_micros();
    let due = deliveries::status.eq(Status::Pending.name()).and(deliveries::next_at.le(now));
    let waiting = deliveries::table
        .filter(due)
        .group_by(deliveries::channel)
        .select((deliveries::channel, min(deliveries::next_at)));
    let mut waiting: Vec<(String, Option<i64>)> = waiting.load(connection).await?;
    waiting.retain(|(name, _)| !wanted.except.contains(name));
    waiting.sort_unstable_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    let mut channels = if waiting.is_empty() { HashMap::new() } else { by_name(connection).await? };
    let mut lent = Vec::new();
    for (name, _) in waiting {
        let channel = channels.remove(&name);
        if let (status, Some(reason)) = gathering::settled(channel.as_ref()) {
            settle(connection, &name, (status, reason), at).await?;
            continue;
        }
        let Some(channel) = channel.map(Channel::try_from).transpose()? else { continue };
        let room = i64::from(wanted.limit).saturating_sub(i64::try_from(lent.len()).unwrap_or(i64::MAX));
        let room = room.min(wanted.per_channel.into());
        if room > 0 {
            let rows = deliveries::table
                .filter(due)
                .filter(deliveries::channel.eq(&name))
                .order((deliveries::next_at, deliveries::position))
                .limit(room)
                .select(DeliveryRow::as_select());
            let rows: Vec<DeliveryRow> = rows.load(connection).await?;
            lent.extend(rows.into_iter().map(|row| (row, channel.clone())));
        }
    }
    lend(connection, lent, at + wanted.lease).await
}

/// Marks deliveries as being sent until then, and gives all that is needed to send them.
async fn lend(
    connection: &mut Connection,
    lent: Vec<(DeliveryRow, Channel)>,
    until: Timestamp,
) -> Result<Vec<DueDelivery>, Aborted> {
    if lent.is_empty() {
        return Ok(Vec::new());
    }
    let (mut rows, channels): (Vec<DeliveryRow>, Vec<Channel>) = lent.into_iter().unzip();
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let marked = (deliveries::next_at.eq(until.timestamp_micros()), deliveries::tries.eq(deliveries::tries + 1_i64));
    let these = deliveries::table.filter(deliveries::id.eq_any(&ids));
    diesel::update(these).set(marked).execute(connection).await?;
    for row in &mut rows {
        (row.next_at, row.tries) = (Some(until.timestamp_micros()), row.tries + 1);
    }
    let tries: Vec<i64> = rows.iter().map(|row| row.tries).collect();
    let mut transitions = transitions_of(connection, &ids).await?;
    let shown = shown(connection, rows).await?;
    let due = shown.into_iter().zip(ids).zip(tries).zip(channels).map(|(((delivery, id), attempt), channel)| {
        let transitions = transitions.remove(&id).unwrap_or_default();
        DueDelivery { delivery, attempt: u32::try_from(attempt).unwrap_or(u32::MAX), channel, transitions }
    });
    Ok(due.collect())
}

async fn transitions_of(
    connection: &mut Connection,
    ids: &[String],
) -> Result<HashMap<String, Vec<Transition>>, Aborted> {
    let rows = delivery_transitions::table
        .inner_join(alert_transitions::table.on(alert_transitions::id.eq(delivery_transitions::transition_id)))
        .filter(delivery_transitions::delivery_id.eq_any(ids))
        .order(alert_transitions::position)
        .select((delivery_transitions::delivery_id, TransitionRow::as_select()));
    let rows: Vec<(String, TransitionRow)> = rows.load(connection).await?;
    let mut transitions: HashMap<String, Vec<Transition>> = HashMap::new();
    for (delivery, row) in rows {
        transitions.entry(delivery).or_default().push(row.try_into()?);
    }
    Ok(transitions)
}

/// The deliveries, in their order, with what belongs to them.
async fn shown(connection: &mut Connection, rows: Vec<DeliveryRow>) -> Result<Vec<Delivery>, Aborted> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let told = delivery_transitions::table
        .inner_join(alert_transitions::table.on(alert_transitions::id.eq(delivery_transitions::transition_id)))
        .filter(delivery_transitions::delivery_id.eq_any(&ids))
        .order(alert_transitions::position)
        .select((
            delivery_transitions::delivery_id,
            alert_transitions::id,
            alert_transitions::alert_id,
            alert_transitions::alert_name,
        ));
    let told: Vec<Told> = told.load(connection).await?;
    let attempts = delivery_attempts::table
        .filter(delivery_attempts::delivery_id.eq_any(&ids))
        .order(delivery_attempts::position)
        .select(AttemptRow::as_select());
    let attempts: Vec<AttemptRow> = attempts.load(connection).await?;
    Ok(assembled(rows, told, attempts)?)
}

pub(super) async fn finished(
    connection: &mut Connection,
    id: Uuid,
    attempt: &Attempt,
    outcome: &Outcome,
) -> Result<(), Aborted> {
    let row = AttemptRow::of(id, attempt);
    diesel::insert_into(delivery_attempts::table).values(row).execute(connection).await?;
    let (status, reason, next_at) = match outcome {
        Outcome::Delivered => (Status::Delivered, None, None),
        Outcome::RetryAt(at) => (Status::Pending, None, Some(at.timestamp_micros())),
        Outcome::Failed(reason) => (Status::Failed, Some(reason), None),
    };
    let ended = attempt.at.timestamp_micros().saturating_add(i64::from(attempt.took_ms) * 1000);
    let is_pending = status == Status::Pending;
    let pending = deliveries::id.eq(id.to_string()).and(deliveries::status.eq(Status::Pending.name()));
    let changed = diesel::update(deliveries::table.filter(pending)).set((
        deliveries::status.eq(status.name()),
        deliveries::reason.eq(reason),
        deliveries::next_at.eq(next_at),
        deliveries::finished_at.eq((!is_pending).then_some(ended)),
    ));
    if changed.execute(connection).await? > 0 && !is_pending {
        publish(connection, vec![id.to_string()]).await?;
    }
    Ok(())
}

pub(super) async fn next_due(connection: &mut Connection) -> Result<Option<Timestamp>, Aborted> {
    let pending = deliveries::table.filter(deliveries::status.eq(Status::Pending.name()));
    let next: Option<i64> = pending.select(min(deliveries::next_at)).first(connection).await?;
    Ok(next.map(moment).transpose()?)
}

pub(super) async fn list(connection: &mut Connection, query: &DeliveryQuery) -> Result<Page<Delivery, i64>, Aborted> {
    let columns = (deliveries::position, DeliveryRow::as_select());
    let mut wanted = deliveries::table.select(columns).order(deliveries::position.desc()).into_boxed();
    if let Some(alert_id) = query.alert_id {
        let telling = delivery_transitions::table
            .inner_join(alert_transitions::table.on(alert_transitions::id.eq(delivery_transitions::transition_id)))
            .filter(alert_transitions::alert_id.eq(alert_id.to_string()))
            .select(delivery_transitions::delivery_id);
        wanted = wanted.filter(deliveries::id.eq_any(telling));
    }
    if let Some(status) = query.status {
        wanted = wanted.filter(deliveries::status.eq(status.name()));
    }
    if let Some(after) = query.after {
        wanted = wanted.filter(deliveries::position.lt(after));
    }
    let mut rows: Vec<(i64, DeliveryRow)> = wanted.limit(i64::from(query.limit) + 1).load(connection).await?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| is_more).map(|(position, _)| *position);
    let items = shown(connection, rows.into_iter().map(|(_, row)| row).collect()).await?;
    Ok(Page { items, next })
}

pub(crate) async fn by_ids(connection: &mut Connection, ids: &[String]) -> Result<Vec<Delivery>, Aborted> {
    let rows = deliveries::table.filter(deliveries::id.eq_any(ids)).select(DeliveryRow::as_select());
    let rows = rows.load(connection).await?;
    shown(connection, rows).await
}

pub(super) async fn forget(connection: &mut Connection, before: Timestamp) -> Result<usize, Aborted> {
    let unpublished = alert_outbox::table.filter(alert_outbox::delivery_id.is_not_null());
    let unpublished = unpublished.select(alert_outbox::delivery_id.assume_not_null());
    let is_old = deliveries::finished_at.lt(before.timestamp_micros());
    let old = deliveries::table
        .filter(is_old.and(deliveries::id.ne_all(unpublished)))
        .order(deliveries::position)
        .limit(FORGOTTEN_AT_ONCE)
        .select(deliveries::id);
    let old: Vec<String> = old.load(connection).await?;
    // Holds them until the end of the transaction, but for those that are sent again since.
    let held = diesel::update(deliveries::table.filter(deliveries::id.eq_any(old).and(is_old)))
        .set(deliveries::next_at.eq(None::<i64>))
        .returning(deliveries::id);
    let held: Vec<String> = held.get_results(connection).await?;
    let attempts = delivery_attempts::table.filter(delivery_attempts::delivery_id.eq_any(&held));
    diesel::delete(attempts).execute(connection).await?;
    let links = delivery_transitions::table.filter(delivery_transitions::delivery_id.eq_any(&held));
    diesel::delete(links).execute(connection).await?;
    Ok(diesel::delete(deliveries::table.filter(deliveries::id.eq_any(&held))).execute(connection).await?)
}

pub(super) async fn replay(connection: &mut Connection, id: Uuid, at: Timestamp) -> Result<Option<Delivery>, Aborted> {
    let again = (
        deliveries::status.eq(Status::Pending.name()),
        deliveries::reason.eq(None::<String>),
        deliveries::tries.eq(0),
        deliveries::next_at.eq(at.timestamp_micros()),
        deliveries::finished_at.eq(None::<i64>),
    );
    let this = diesel::update(deliveries::table.filter(deliveries::id.eq(id.to_string()))).set(again);
    let row: Option<DeliveryRow> =
        this.returning(DeliveryRow::as_returning()).get_result(connection).await.optional()?;
    Ok(shown(connection, row.into_iter().collect()).await?.pop())
}

pub(super) async fn test(
    connection: &mut Connection,
    channel: Uuid,
    at: Timestamp,
) -> Result<Option<Delivery>, Aborted> {
    one_at_a_time(connection, "deliveries").await?;
    let Some(channel) = row(connection, channel).await? else { return Ok(None) };
    let made = gathering::made(Uuid::now_v7().to_string(), &channel.name, Some(&channel), 0, at);
    diesel::insert_into(deliveries::table).values(&made).execute(connection).await?;
    if made.status != Status::Pending.name() {
        publish(connection, vec![made.id.clone()]).await?;
    }
    Ok(shown(connection, vec![made]).await?.pop())
}
