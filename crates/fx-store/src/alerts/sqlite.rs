//! Alerts in the SQLite file.

use std::sync::Arc;

use async_trait::async_trait;
use diesel::SqliteConnection as Connection;
use diesel::sqlite::Sqlite as Db;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use fx_domain::alert::{Acknowledgement, Alert, Rule, Transition};
use fx_domain::clock::Timestamp;
use fx_sqlite::{Sqlite, SqliteError};
use tokio::sync::watch;
use uuid::Uuid;

use super::row::RuleRow;
use super::{
    AlertQuery, AlertStore, ChangeError, CommitError, CreateError, Effect, EngineStore, Outcome, Page, Standing,
    StoredRule, TransitionCursor, TransitionQuery, Unpublished, engine,
};
use crate::StoreError;
use crate::delivery::sqlite::queries as delivery;
use crate::sqlite::{RunQueryDsl, done, one_at_a_time};

#[path = "history_queries.rs"]
#[allow(clippy::duplicate_mod, reason = "written once for both stores")]
pub(super) mod history_queries;
#[path = "queries.rs"]
#[allow(clippy::duplicate_mod, reason = "written once for both stores")]
mod queries;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Alerts in the SQLite file, cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct SqliteAlerts {
    pub(crate) file: Sqlite,
    changes: Arc<watch::Sender<u64>>,
    /// What is to be delivered.
    pub(crate) deliveries: Arc<watch::Sender<u64>>,
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
        let [changes, deliveries] = [0; 2].map(|begin| Arc::new(watch::Sender::new(begin)));
        Ok(Self { file, changes, deliveries })
    }

    /// Runs what changes a rule, of which something may be to be told.
    async fn change<T: Outcome + Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.file.write(work).await?;
        if done.is_done() {
            self.changes.send_modify(|changes| *changes += 1);
            self.tell_of_deliveries();
        }
        Ok(done)
    }

    pub(crate) fn tell_of_deliveries(&self) {
        self.deliveries.send_modify(|changes| *changes += 1);
    }
}

#[async_trait]
impl AlertStore for SqliteAlerts {
    async fn create_once(
        &self,
        key: Option<String>,
        rule: Rule,
        at: Timestamp,
        most: usize,
    ) -> Result<Alert, CreateError> {
        let row = RuleRow::of(Uuid::now_v7(), &rule, key, at)?;
        self.change(move |connection| done(queries::create(connection, row, most))).await?.alert(most)
    }

    async fn get(&self, id: Uuid, at: Timestamp) -> Result<Option<Alert>, StoreError> {
        self.file.read(move |connection| done(queries::get(connection, id, at))).await
    }

    async fn list(&self, query: AlertQuery) -> Result<Page<Alert, Uuid>, StoreError> {
        self.file.read(move |connection| done(queries::list(connection, &query))).await
    }

    async fn update(
        &self,
        id: Uuid,
        rule: Rule,
        expected: Timestamp,
        at: Timestamp,
    ) -> Result<Option<Alert>, ChangeError> {
        let changed = self.change(move |connection| done(queries::update(connection, id, &rule, expected, at))).await?;
        Ok(changed.done()?.map(|alert| *alert))
    }

    async fn delete(&self, id: Uuid, expected: Option<Timestamp>, at: Timestamp) -> Result<bool, ChangeError> {
        let changed = self.change(move |connection| done(queries::delete(connection, id, expected, at))).await?;
        Ok(changed.done()?.is_some())
    }

    async fn acknowledge(&self, id: Uuid, acknowledgement: Acknowledgement) -> Result<Option<Alert>, StoreError> {
        let noted =
            self.change(move |connection| done(queries::acknowledged(connection, id, &acknowledgement))).await?;
        Ok(noted.map(|alert| *alert))
    }

    async fn snooze(&self, id: Uuid, until: Option<Timestamp>, at: Timestamp) -> Result<Option<Alert>, StoreError> {
        let snoozed = self.change(move |connection| done(queries::snoozed(connection, id, until, at))).await?;
        Ok(snoozed.map(|alert| *alert))
    }

    async fn transitions(&self, query: TransitionQuery) -> Result<Page<Transition, TransitionCursor>, StoreError> {
        self.file.read(move |connection| done(history_queries::transitions(connection, &query))).await
    }
}

#[async_trait]
impl EngineStore for SqliteAlerts {
    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    async fn rules(&self) -> Result<Vec<StoredRule>, StoreError> {
        self.file.read(|connection| done(queries::rules(connection))).await
    }

    async fn open(&self, partition: u32) -> Result<Standing, StoreError> {
        self.file.write(move |connection| engine::open(connection, partition)).await
    }

    async fn commit(&self, effect: Arc<Effect>) -> Result<(), CommitError> {
        let is_telling = !effect.tell.is_empty();
        self.file.write(move |connection| engine::commit(connection, &effect)).await?;
        if is_telling {
            self.tell_of_deliveries();
        }
        Ok(())
    }

    async fn unpublished(&self, limit: u32) -> Result<Vec<Unpublished>, StoreError> {
        self.file.read(move |connection| done(history_queries::unpublished(connection, limit))).await
    }

    async fn published(&self, position: i64) -> Result<(), StoreError> {
        self.file.write(move |connection| engine::published(connection, position)).await
    }
}
