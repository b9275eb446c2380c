//! Rules, and what people do about them, for SQLite and PostgreSQL alike. Whoever writes has a transaction open.

use std::collections::HashMap;

use diesel::dsl::{auto_type, count_star};
use diesel::prelude::*;
use fx_domain::alert::{
    Acknowledgement, Alert, PairState, Rule, Transition, Watched, acknowledge, end, reset, resume, snooze,
};
use fx_domain::clock::Timestamp;
use uuid::Uuid;

use super::history_queries::record;
use super::{Connection, Db, RunQueryDsl, one_at_a_time};
use crate::StoreError;
use crate::aborted::Aborted;
use crate::alerts::assemble::{self, Machines};
use crate::alerts::row::{AcknowledgementRow, RuleRow, StateRow, json, parsed};
use crate::alerts::schema::{alert_acknowledgements, alert_rules, alert_states};
use crate::alerts::{AlertQuery, Changed, Created, Page, StoredRule};

/// Rules read at once while looking for those that match.
const RULES_AT_ONCE: i64 = 256;

#[auto_type(no_type_alias)]
fn living() -> _ {
    let columns: diesel::dsl::AsSelect<RuleRow, Db> = RuleRow::as_select();
    alert_rules::table.filter(alert_rules::deleted_at.is_null()).select(columns)
}

/// Keeps a new rule. Where there is one with its key already, that one counts.
pub(super) async fn create(connection: &mut Connection, row: RuleRow, most: usize) -> Result<Created, Aborted> {
    one_at_a_time(connection, "rules").await?;
    if let Some(key) = &row.idempotency_key {
        let before = living().filter(alert_rules::idempotency_key.eq(key)).first(connection).await.optional()?;
        if let Some(before) = before {
            return again(connection, before, &row).await;
        }
    }
    let count: i64 =
        alert_rules::table.filter(alert_rules::deleted_at.is_null()).select(count_star()).first(connection).await?;
    if usize::try_from(count).is_ok_and(|count| count >= most) {
        return Ok(Created::TooMany);
    }
    diesel::insert_into(alert_rules::table).values(&row).execute(connection).await?;
    let at = row.created_at;
    Ok(Created::Done(shown(connection, row, at).await?))
}

async fn again(connection: &mut Connection, before: RuleRow, row: &RuleRow) -> Result<Created, Aborted> {
    if before.created_as != row.created_as {
        return Ok(Created::OtherRule);
    }
    Ok(Created::Done(shown(connection, before, row.created_at).await?))
}

pub(super) async fn get(connection: &mut Connection, id: Uuid, at: Timestamp) -> Result<Option<Alert>, Aborted> {
    let rule: Option<RuleRow> =
        living().filter(alert_rules::id.eq(id.to_string())).first(connection).await.optional()?;
    Ok(alerts(connection, rule.into_iter().collect(), at.timestamp_micros()).await?.pop())
}

async fn shown(connection: &mut Connection, row: RuleRow, at: i64) -> Result<Box<Alert>, Aborted> {
    let alert = alerts(connection, vec![row], at).await?.pop();
    Ok(Box::new(alert.ok_or_else(|| StoreError::Row("a rule without an alert".to_owned()))?))
}

/// The rules with where their pairs stand at `at`.
async fn alerts(connection: &mut Connection, rules: Vec<RuleRow>, at: i64) -> Result<Vec<Alert>, Aborted> {
    let ids: Vec<&str> = rules.iter().map(|row| row.id.as_str()).collect();
    let machines = machines(connection, &ids).await?;
    Ok(assemble::alerts(rules, machines, at)?)
}

async fn machines(connection: &mut Connection, ids: &[&str]) -> Result<Machines, Aborted> {
    let states: Vec<StateRow> = alert_states::table
        .filter(alert_states::alert_id.eq_any(ids))
        .order((alert_states::alert_id, alert_states::pair))
        .select(StateRow::as_select())
        .load(connection)
        .await?;
    let acknowledgements: Vec<AcknowledgementRow> = alert_acknowledgements::table
        .filter(alert_acknowledgements::alert_id.eq_any(ids))
        .select(AcknowledgementRow::as_select())
        .load(connection)
        .await?;
    Ok(Machines::new(&states, &acknowledgements)?)
}

pub(super) async fn list(connection: &mut Connection, query: &AlertQuery) -> Result<Page<Alert, Uuid>, Aborted> {
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut after = query.after;
    let mut items = Vec::new();
    loop {
        let mut rules = living().order(alert_rules::id.desc()).limit(RULES_AT_ONCE).into_boxed();
        if let Some(after) = after {
            rules = rules.filter(alert_rules::id.lt(after.to_string()));
        }
        if let Some(severity) = query.severity {
            rules = rules.filter(alert_rules::severity.eq(severity.name()));
        }
        let rules = rules.load(connection).await?;
        let read = alerts(connection, rules, query.at.timestamp_micros()).await?;
        let Some(last) = read.last() else { return Ok(Page { items, next: None }) };
        after = Some(last.id);
        items.extend(read.into_iter().filter(|alert| query.matches(alert)));
        if items.len() > limit {
            items.truncate(limit);
            let next = items.last().map(|alert| alert.id);
            return Ok(Page { items, next });
        }
    }
}

pub(super) async fn rules(connection: &mut Connection) -> Result<Vec<StoredRule>, Aborted> {
    let acknowledged: Vec<(String, String)> = alert_acknowledgements::table
        .select((alert_acknowledgements::alert_id, alert_acknowledgements::episode_id))
        .load(connection)
        .await?;
    let mut episodes: HashMap<String, Vec<Uuid>> = HashMap::new();
    for (alert, episode) in acknowledged {
        episodes.entry(alert).or_default().push(parsed(&episode)?);
    }
    let rows: Vec<RuleRow> = living().order(alert_rules::id).load(connection).await?;
    let stored = |row: RuleRow| row.stored(episodes.remove(&row.id).unwrap_or_default());
    Ok(rows.into_iter().map(stored).collect::<Result<_, StoreError>>()?)
}

/// Changes a rule that is as it was at `expected`. Where what its machines know is not true of it any more, their episodes
/// end and they begin anew.
pub(super) async fn update(
    connection: &mut Connection,
    id: Uuid,
    rule: &Rule,
    expected: Timestamp,
    at: Timestamp,
) -> Result<Changed<Box<Alert>>, Aborted> {
    let Some(mut row) = held(connection, id).await? else { return Ok(Changed::Missing) };
    if row.updated_at != expected.timestamp_micros() {
        return Ok(Changed::Conflict);
    }
    // Each change has a time of its own, whatever clocks say.
    row.updated_at = at.timestamp_micros().max(row.updated_at + 1);
    let before = row.rule()?;
    if !rule.goes_on_from(&before) || revives(connection, &row, rule, &before).await? {
        forget(connection, &row, at, reset).await?;
        row.begun_at = row.updated_at;
    }
    (row.rule, row.severity) = (json(rule)?, rule.severity.name().to_owned());
    let changed = (
        alert_rules::rule.eq(&row.rule),
        alert_rules::severity.eq(&row.severity),
        alert_rules::updated_at.eq(row.updated_at),
        alert_rules::begun_at.eq(row.begun_at),
    );
    diesel::update(alert_rules::table.find(&row.id)).set(changed).execute(connection).await?;
    Ok(Changed::Done(shown(connection, row, at.timestamp_micros()).await?))
}

/// Whether a machine that is over is to watch again: the end that it came to is not the rule's any more.
async fn revives(connection: &mut Connection, row: &RuleRow, rule: &Rule, before: &Rule) -> Result<bool, Aborted> {
    if (rule.once, rule.expires_at) == (before.once, before.expires_at) {
        return Ok(false);
    }
    Ok(machines(connection, &[&row.id]).await?.has_expired(&row.id))
}

/// Deletes a rule and what its machines know, and tells of the ends of its episodes.
pub(super) async fn delete(
    connection: &mut Connection,
    id: Uuid,
    expected: Option<Timestamp>,
    at: Timestamp,
) -> Result<Changed<()>, Aborted> {
    let Some(row) = held(connection, id).await? else { return Ok(Changed::Missing) };
    if expected.is_some_and(|expected| row.updated_at != expected.timestamp_micros()) {
        return Ok(Changed::Conflict);
    }
    forget(connection, &row, at, end).await?;
    let gone = alert_rules::deleted_at.eq(at.timestamp_micros());
    diesel::update(alert_rules::table.find(&row.id)).set(gone).execute(connection).await?;
    Ok(Changed::Done(()))
}

/// Takes note of every open episode of which nobody has; the others stay as they are.
pub(super) async fn acknowledged(
    connection: &mut Connection,
    id: Uuid,
    acknowledgement: &Acknowledgement,
) -> Result<Option<Box<Alert>>, Aborted> {
    let Some(row) = held(connection, id).await? else { return Ok(None) };
    let Acknowledgement { by, comment, at } = acknowledgement;
    let machines = machines(connection, &[&row.id]).await?;
    let told = assemble::by_hand(&row, &machines, |watched, state| {
        let words = (by.clone(), comment.clone());
        if watched.acknowledged { None } else { acknowledge(watched, state, words, *at) }
    })?;
    for episode in told.iter().filter_map(|transition| transition.episode_id) {
        let row = AcknowledgementRow::of(id, episode, acknowledgement)?;
        diesel::insert_into(alert_acknowledgements::table).values(row).execute(connection).await?;
    }
    record(connection, &told, &assemble::to_tell(&row, &told, *at)?).await?;
    Ok(Some(shown(connection, row, at.timestamp_micros()).await?))
}

/// Has nobody told of a rule until then, or everybody told again.
pub(super) async fn snoozed(
    connection: &mut Connection,
    id: Uuid,
    until: Option<Timestamp>,
    at: Timestamp,
) -> Result<Option<Box<Alert>>, Aborted> {
    let Some(mut row) = held(connection, id).await? else { return Ok(None) };
    let before = row.snoozed_until()?;
    let machines = machines(connection, &[&row.id]).await?;
    let mut told = match until {
        Some(until) if before != Some(until) => {
            assemble::by_hand(&row, &machines, |watched, state| snooze(watched, state, until, at))?
        }
        None if before.is_some_and(|before| before > at) => {
            assemble::by_hand(&row, &machines, |watched, state| resume(watched, state, at))?
        }
        _ => Vec::new(),
    };
    // Nobody computes these again, and the clock may stand still.
    for transition in &mut told {
        transition.id = Uuid::now_v7();
    }
    record(connection, &told, &[]).await?;
    row.snoozed_until = until.map(|until| until.timestamp_micros());
    let changed = alert_rules::snoozed_until.eq(row.snoozed_until);
    diesel::update(alert_rules::table.find(&row.id)).set(changed).execute(connection).await?;
    Ok(Some(shown(connection, row, at.timestamp_micros()).await?))
}

/// The rule, which nobody changes and for which no engine writes anything until the end of the transaction.
async fn held(connection: &mut Connection, id: Uuid) -> Result<Option<RuleRow>, Aborted> {
    let living = alert_rules::table.find(id.to_string()).filter(alert_rules::deleted_at.is_null());
    let held = diesel::update(living).set(alert_rules::deleted_at.eq(None::<i64>)).returning(RuleRow::as_returning());
    Ok(held.get_result(connection).await.optional()?)
}

/// Ends the open episodes of a rule, as `how` says, and drops all that its machines know.
async fn forget(
    connection: &mut Connection,
    row: &RuleRow,
    at: Timestamp,
    how: fn(&Watched<'_>, &PairState, Timestamp) -> Option<Transition>,
) -> Result<(), Aborted> {
    let machines = machines(connection, &[&row.id]).await?;
    let ends = assemble::by_hand(row, &machines, |watched, state| how(watched, state, at))?;
    record(connection, &ends, &assemble::to_tell(row, &ends, at)?).await?;
    let states = alert_states::table.filter(alert_states::alert_id.eq(&row.id));
    diesel::delete(states).execute(connection).await?;
    let acknowledgements = alert_acknowledgements::table.filter(alert_acknowledgements::alert_id.eq(&row.id));
    diesel::delete(acknowledgements).execute(connection).await?;
    Ok(())
}
