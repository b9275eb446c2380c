//! Rules and their history, as those who set alerts see them.

use diesel::dsl::{auto_type, count_star};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use fx_domain::alert::{Alert, Transition};
use fx_domain::clock::Timestamp;
use uuid::Uuid;

use super::listener::tell;
use super::outbox;
use crate::StoreError;
use crate::alerts::row::{RuleRow, StateRow, TransitionRow};
use crate::alerts::schema::{alert_rules, alert_states, alert_transitions};
use crate::alerts::{AlertQuery, Page, StoredRule, TransitionCursor, TransitionQuery, assemble};
use crate::postgres::Aborted;

/// Rules read at once while looking for those that match.
const RULES_AT_ONCE: i64 = 256;

/// Two that create at once are one after the other, so that both count right.
const ONE_AT_A_TIME: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('fx-monitor rules ' || current_schema(), 0))";

/// Keeps a new rule; false where there are as many as there may be.
pub(super) async fn insert(
    connection: &mut AsyncPgConnection,
    row: &RuleRow,
    most: usize,
    teller: (&str, Uuid),
) -> Result<bool, Aborted> {
    let work = async |connection: &mut AsyncPgConnection| {
        connection.batch_execute(ONE_AT_A_TIME).await?;
        let living = alert_rules::table.filter(alert_rules::deleted_at.is_null()).select(count_star());
        let count: i64 = living.first(connection).await?;
        if usize::try_from(count).is_ok_and(|count| count >= most) {
            return Ok(false);
        }
        diesel::insert_into(alert_rules::table).values(row).execute(connection).await?;
        tell(connection, teller).await?;
        Ok::<_, Aborted>(true)
    };
    connection.transaction(work).await
}

/// Deletes a rule, then its states: the engine's writing of them waits for the first or is seen by the second. Tells of the
/// ends of its episodes.
pub(super) async fn delete(
    connection: &mut AsyncPgConnection,
    id: Uuid,
    at: Timestamp,
    teller: (&str, Uuid),
) -> Result<bool, Aborted> {
    let id = id.to_string();
    let work = async |connection: &mut AsyncPgConnection| {
        let living = alert_rules::table.find(&id).filter(alert_rules::deleted_at.is_null());
        let gone = diesel::update(living).set(alert_rules::deleted_at.eq(at.timestamp_micros()));
        let rule = gone.returning(RuleRow::as_returning()).get_result(connection).await.optional()?;
        let Some(rule) = rule else { return Ok(false) };
        let states = diesel::delete(alert_states::table.filter(alert_states::alert_id.eq(&id)));
        let states = states.returning(StateRow::as_returning()).get_results(connection).await?;
        outbox::record(connection, &assemble::ends(&rule, states, at)?).await?;
        tell(connection, teller).await?;
        Ok::<_, Aborted>(true)
    };
    connection.transaction(work).await
}

#[auto_type(no_type_alias)]
fn living() -> _ {
    let columns: diesel::dsl::AsSelect<RuleRow, Pg> = RuleRow::as_select();
    alert_rules::table.filter(alert_rules::deleted_at.is_null()).select(columns)
}

pub(super) async fn all(connection: &mut AsyncPgConnection) -> Result<Vec<StoredRule>, Aborted> {
    let rows: Vec<RuleRow> = living().order(alert_rules::id).load(connection).await?;
    Ok(rows.into_iter().map(StoredRule::try_from).collect::<Result<_, StoreError>>()?)
}

pub(super) async fn get(connection: &mut AsyncPgConnection, id: Uuid) -> Result<Option<Alert>, Aborted> {
    let rule = living().filter(alert_rules::id.eq(id.to_string())).first(connection).await.optional()?;
    Ok(alerts(connection, rule.into_iter().collect()).await?.pop())
}

/// The rules with where their pairs stand.
async fn alerts(connection: &mut AsyncPgConnection, rules: Vec<RuleRow>) -> Result<Vec<Alert>, Aborted> {
    let ids: Vec<&str> = rules.iter().map(|row| row.id.as_str()).collect();
    let states: Vec<StateRow> = alert_states::table
        .filter(alert_states::alert_id.eq_any(ids))
        .select(StateRow::as_select())
        .load(connection)
        .await?;
    Ok(assemble::alerts(rules, states)?)
}

pub(super) async fn list(connection: &mut AsyncPgConnection, query: &AlertQuery) -> Result<Page<Alert, Uuid>, Aborted> {
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
        let read = alerts(connection, rules).await?;
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

pub(super) async fn transitions(
    connection: &mut AsyncPgConnection,
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
