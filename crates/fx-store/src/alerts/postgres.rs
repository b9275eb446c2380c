//! Alerts in PostgreSQL.

mod commit;
mod engine;
mod listener;
mod outbox;
mod schema;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use diesel::pg::Pg as Db;
use diesel_async::{AsyncPgConnection as Connection, RunQueryDsl};
use fx_domain::alert::{Acknowledgement, Alert, Rule, Transition};
use fx_domain::clock::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use self::listener::{Counts, count};
use self::outbox::Outbox;
use super::row::RuleRow;
use super::{
    AlertQuery, AlertStore, ChangeError, CommitError, CreateError, Effect, EngineStore, Outcome, Page, Standing,
    StoredRule, TransitionCursor, TransitionQuery, Unpublished,
};
use crate::StoreError;
use crate::aborted::Aborted;
use crate::delivery::postgres::queries as delivery;
use crate::postgres::{Pool, one_at_a_time};

pub(crate) use listener::{News, tell};

#[path = "history_queries.rs"]
#[allow(clippy::duplicate_mod, reason = "written once for both stores")]
mod history_queries;
#[path = "queries.rs"]
#[allow(clippy::duplicate_mod, reason = "written once for both stores")]
mod queries;

/// Alerts in PostgreSQL.
pub(crate) struct PostgresAlerts {
    pub(crate) pool: Pool,
    /// Who this store is to the others that hear of its changes.
    id: Uuid,
    changes: Arc<watch::Sender<u64>>,
    /// What is to be delivered.
    pub(crate) deliveries: Arc<watch::Sender<u64>>,
    listener: OnceLock<AbortOnDropHandle<()>>,
    /// The epoch in which each partition was opened here.
    epochs: Mutex<HashMap<u32, i64>>,
    outbox: Outbox,
}

impl PostgresAlerts {
    pub(crate) fn new(pool: Pool) -> Self {
        let [changes, deliveries] = [0; 2].map(|begin| Arc::new(watch::Sender::new(begin)));
        Self {
            outbox: Outbox::new(pool.clone()),
            pool,
            id: Uuid::now_v7(),
            changes,
            deliveries,
            listener: OnceLock::new(),
            epochs: Mutex::default(),
        }
    }

    /// Runs what changes a rule, of which something may be to be told, and lets everybody know.
    async fn change<T: Outcome>(
        &self,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T, Aborted>,
    ) -> Result<T, StoreError> {
        let channel = self.pool.connector().schema();
        let work = async |connection: &mut Connection| {
            let done = work(connection).await?;
            if done.is_done() {
                tell(connection, channel, News::Rule(self.id)).await?;
                tell(connection, channel, News::Deliveries).await?;
            }
            Ok(done)
        };
        let done = self.pool.transact(work).await?;
        if done.is_done() {
            count(&self.changes);
        }
        Ok(done)
    }

    pub(crate) fn listen(&self) {
        let counts = Counts { rules: Arc::clone(&self.changes), deliveries: Arc::clone(&self.deliveries) };
        self.listener.get_or_init(|| listener::start(self.pool.clone(), self.id, counts));
    }
}

#[async_trait]
impl AlertStore for PostgresAlerts {
    async fn create_once(
        &self,
        key: Option<String>,
        rule: Rule,
        at: Timestamp,
        most: usize,
    ) -> Result<Alert, CreateError> {
        let row = RuleRow::of(Uuid::now_v7(), &rule, key, at)?;
        self.change(async |connection| queries::create(connection, row, most).await).await?.alert(most)
    }

    async fn get(&self, id: Uuid, at: Timestamp) -> Result<Option<Alert>, StoreError> {
        self.pool.run(async |connection| queries::get(connection, id, at).await).await
    }

    async fn list(&self, query: AlertQuery) -> Result<Page<Alert, Uuid>, StoreError> {
        self.pool.run(async |connection| queries::list(connection, &query).await).await
    }

    async fn update(
        &self,
        id: Uuid,
        rule: Rule,
        expected: Timestamp,
        at: Timestamp,
    ) -> Result<Option<Alert>, ChangeError> {
        let changed = self.change(async |connection| queries::update(connection, id, &rule, expected, at).await);
        Ok(changed.await?.done()?.map(|alert| *alert))
    }

    async fn delete(&self, id: Uuid, expected: Option<Timestamp>, at: Timestamp) -> Result<bool, ChangeError> {
        let changed = self.change(async |connection| queries::delete(connection, id, expected, at).await);
        Ok(changed.await?.done()?.is_some())
    }

    async fn acknowledge(&self, id: Uuid, acknowledgement: Acknowledgement) -> Result<Option<Alert>, StoreError> {
        let noted = self.change(async |connection| queries::acknowledged(connection, id, &acknowledgement).await);
        Ok(noted.await?.map(|alert| *alert))
    }

    async fn snooze(&self, id: Uuid, until: Option<Timestamp>, at: Timestamp) -> Result<Option<Alert>, StoreError> {
        let snoozed = self.change(async |connection| queries::snoozed(connection, id, until, at).await);
        Ok(snoozed.await?.map(|alert| *alert))
    }

    async fn transitions(&self, query: TransitionQuery) -> Result<Page<Transition, TransitionCursor>, StoreError> {
        self.pool.run(async |connection| history_queries::transitions(connection, &query).await).await
    }
}

#[async_trait]
impl EngineStore for PostgresAlerts {
    fn changes(&self) -> watch::Receiver<u64> {
        // Subscribed first, so that the first word of the listener is heard.
        let changes = self.changes.subscribe();
        self.listen();
        changes
    }

    async fn rules(&self) -> Result<Vec<StoredRule>, StoreError> {
        self.pool.run(async |connection| queries::rules(connection).await).await
    }

    async fn open(&self, partition: u32) -> Result<Standing, StoreError> {
        let (standing, epoch) = self.pool.run(async |connection| engine::open(connection, partition).await).await?;
        self.epochs.lock().insert(partition, epoch);
        Ok(standing)
    }

    async fn commit(&self, effect: Arc<Effect>) -> Result<(), CommitError> {
        let Effect { partition, expected, .. } = *effect;
        let epoch = self.epochs.lock().get(&partition).copied();
        let Some(epoch) = epoch else { return Err(CommitError::Fenced { partition, expected }) };
        let commit = commit::Commit::try_new(&effect, epoch)?;
        if self.pool.run(async |connection| commit.run(connection).await).await? {
            // Whoever commits delivers, too: others hear of it when they look again.
            if !effect.tell.is_empty() {
                count(&self.deliveries);
            }
            return Ok(());
        }
        Err(CommitError::Fenced { partition, expected })
    }

    async fn unpublished(&self, limit: u32) -> Result<Vec<Unpublished>, StoreError> {
        self.outbox.unpublished(limit).await
    }

    async fn published(&self, position: i64) -> Result<(), StoreError> {
        self.outbox.published(position).await
    }
}
