//! Alerts in the SQLite file.

use std::sync::Arc;

use async_trait::async_trait;
use diesel::SqliteConnection;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use fx_domain::alert::{Alert, Rule, Transition};
use fx_domain::clock::Timestamp;
use fx_sqlite::{Sqlite, SqliteError};
use tokio::sync::watch;
use uuid::Uuid;

use super::row::{RuleRow, StateRow, TransitionRow};
use super::schema::{alert_rules, alert_states, alert_transitions};
use super::{
    AlertQuery, AlertStore, CommitError, CreateError, Effect, EngineStore, Page, Standing, StoredRule,
    TransitionCursor, TransitionQuery, Unpublished, assemble, engine,
};
use crate::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Rules read at once while looking for those that match.
const RULES_AT_ONCE: i64 = 256;

/// Alerts in the SQLite file, cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct SqliteAlerts {
    file: Sqlite,
    changes: Arc<watch::Sender<u64>>,
}

impl From<SqliteError> for CreateError {
    fn from(error: SqliteError) -> Self {
        Self::Store(error.into())
    }
}

impl From<SqliteError> for CommitError {
    fn from(error: SqliteError) -> Self {
        Self::Store(error.into())
    }
}

impl SqliteAlerts {
    /// The alerts in `file`, their tables made where they are missing.
    pub fn try_new(file: Sqlite) -> Result<Self, StoreError> {
        file.migrate(MIGRATIONS)?;
        Ok(Self { file, changes: Arc::new(watch::Sender::new(0)) })
    }

    fn tell_of_change(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }
}

#[async_trait]
impl AlertStore for SqliteAlerts {
    async fn create(&self, rule: Rule, at: Timestamp, most: usize) -> Result<Alert, CreateError> {
        let id = Uuid::now_v7();
        let row = RuleRow::of(id, &rule, at)?;
        self.file.write(move |connection| insert(connection, &row, most)).await?;
        self.tell_of_change();
        Ok(Alert::new(id, rule, (at, at), Vec::new()))
    }

    async fn get(&self, id: Uuid) -> Result<Option<Alert>, StoreError> {
        let find = move |connection: &mut SqliteConnection| {
            let rule = living().filter(alert_rules::id.eq(id.to_string())).first(connection).optional()?;
            Ok(alerts(connection, rule.into_iter().collect())?.pop())
        };
        self.file.read(find).await
    }

    async fn list(&self, query: AlertQuery) -> Result<Page<Alert, Uuid>, StoreError> {
        self.file.read(move |connection| list(connection, &query)).await
    }

    async fn delete(&self, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        let was_there = self.file.write(move |connection| delete(connection, &id.to_string(), at)).await?;
        if was_there {
            self.tell_of_change();
        }
        Ok(was_there)
    }

    async fn transitions(&self, query: TransitionQuery) -> Result<Page<Transition, TransitionCursor>, StoreError> {
        self.file.read(move |connection| transitions(connection, &query)).await
    }
}

#[async_trait]
impl EngineStore for SqliteAlerts {
    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    async fn rules(&self) -> Result<Vec<StoredRule>, StoreError> {
        let load = |connection: &mut SqliteConnection| {
            let rows: Vec<RuleRow> = living().order(alert_rules::id).load(connection)?;
            rows.into_iter().map(StoredRule::try_from).collect()
        };
        self.file.read(load).await
    }

    async fn open(&self, partition: u32) -> Result<Standing, StoreError> {
        self.file.write(move |connection| engine::open(connection, partition)).await
    }

    async fn commit(&self, effect: Arc<Effect>) -> Result<(), CommitError> {
        self.file.write(move |connection| engine::commit(connection, &effect)).await
    }

    async fn unpublished(&self, limit: u32) -> Result<Vec<Unpublished>, StoreError> {
        self.file.read(move |connection| engine::unpublished(connection, limit)).await
    }

    async fn published(&self, position: i64) -> Result<(), StoreError> {
        self.file.write(move |connection| engine::published(connection, position)).await
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn living() -> _ {
    let columns: diesel::dsl::AsSelect<RuleRow, diesel::sqlite::Sqlite> = RuleRow::as_select();
    alert_rules::table.filter(alert_rules::deleted_at.is_null()).select(columns)
}

fn insert(connection: &mut SqliteConnection, row: &RuleRow, most: usize) -> Result<(), CreateError> {
    let living = alert_rules::table.filter(alert_rules::deleted_at.is_null()).select(count_star());
    let count: i64 = living.first(connection).map_err(StoreError::from)?;
    if usize::try_from(count).is_ok_and(|count| count >= most) {
        return Err(CreateError::TooMany { most });
    }
    diesel::insert_into(alert_rules::table).values(row).execute(connection).map_err(StoreError::from)?;
    Ok(())
}

/// Deletes a rule and its states, and tells of the ends of its episodes.
fn delete(connection: &mut SqliteConnection, id: &str, at: Timestamp) -> Result<bool, StoreError> {
    let Some(rule) = living().filter(alert_rules::id.eq(id)).first(connection).optional()? else { return Ok(false) };
    let of_rule = alert_states::table.filter(alert_states::alert_id.eq(id));
    let states = of_rule.select(StateRow::as_select()).load(connection)?;
    for end in assemble::ends(&rule, states, at)? {
        engine::record(connection, &end)?;
    }
    diesel::delete(of_rule).execute(connection)?;
    let gone = alert_rules::deleted_at.eq(at.timestamp_micros());
    Ok(diesel::update(alert_rules::table.find(id)).set(gone).execute(connection)? > 0)
}

/// The rules with where their pairs stand.
fn alerts(connection: &mut SqliteConnection, rules: Vec<RuleRow>) -> Result<Vec<Alert>, StoreError> {
    let ids = rules.iter().map(|row| row.id.as_str());
    let rows: Vec<StateRow> = alert_states::table
        .filter(alert_states::alert_id.eq_any(ids))
        .select(StateRow::as_select())
        .load(connection)?;
    assemble::alerts(rules, rows)
}

fn list(connection: &mut SqliteConnection, query: &AlertQuery) -> Result<Page<Alert, Uuid>, StoreError> {
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
        let rules = rules.load(connection)?;
        let read = alerts(connection, rules)?;
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

fn transitions(
    connection: &mut SqliteConnection,
    query: &TransitionQuery,
) -> Result<Page<Transition, TransitionCursor>, StoreError> {
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
    let rows: Vec<(i64, TransitionRow)> = wanted.limit(i64::from(query.limit) + 1).load(connection)?;
    assemble::page_of(rows, usize::try_from(query.limit).unwrap_or(usize::MAX))
}
