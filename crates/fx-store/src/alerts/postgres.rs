//! Alerts in PostgreSQL.

mod commit;
mod engine;
mod listener;
mod outbox;
mod rules;
mod schema;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use fx_domain::alert::{Alert, Rule, Transition};
use fx_domain::clock::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use self::outbox::Outbox;
use super::row::RuleRow;
use super::{
    AlertQuery, AlertStore, CommitError, CreateError, Effect, EngineStore, Page, Standing, StoredRule,
    TransitionCursor, TransitionQuery, Unpublished,
};
use crate::StoreError;
use crate::postgres::Pool;

/// Alerts in PostgreSQL.
pub(crate) struct PostgresAlerts {
    pool: Pool,
    /// Who this store is to the others that hear of its changes.
    id: Uuid,
    changes: Arc<watch::Sender<u64>>,
    listener: OnceLock<AbortOnDropHandle<()>>,
    /// The epoch in which each partition was opened here.
    epochs: Mutex<HashMap<u32, i64>>,
    outbox: Outbox,
}

impl PostgresAlerts {
    pub(crate) fn new(pool: Pool) -> Self {
        Self {
            outbox: Outbox::new(pool.clone()),
            pool,
            id: Uuid::now_v7(),
            changes: Arc::new(watch::Sender::new(0)),
            listener: OnceLock::new(),
            epochs: Mutex::default(),
        }
    }

    fn tell_of_change(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }
}

#[async_trait]
impl AlertStore for PostgresAlerts {
    async fn create(&self, rule: Rule, at: Timestamp, most: usize) -> Result<Alert, CreateError> {
        let id = Uuid::now_v7();
        let row = RuleRow::of(id, &rule, at)?;
        let channel = self.pool.connector().schema();
        if !self.pool.run(async |connection| rules::insert(connection, &row, most, (channel, self.id)).await).await? {
            return Err(CreateError::TooMany { most });
        }
        self.tell_of_change();
        Ok(Alert::new(id, rule, (at, at), Vec::new()))
    }

    async fn get(&self, id: Uuid) -> Result<Option<Alert>, StoreError> {
        self.pool.run(async |connection| rules::get(connection, id).await).await
    }

    async fn list(&self, query: AlertQuery) -> Result<Page<Alert, Uuid>, StoreError> {
        self.pool.run(async |connection| rules::list(connection, &query).await).await
    }

    async fn delete(&self, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        let teller = (self.pool.connector().schema(), self.id);
        let was_there = self.pool.run(async |connection| rules::delete(connection, id, at, teller).await).await?;
        if was_there {
            self.tell_of_change();
        }
        Ok(was_there)
    }

    async fn transitions(&self, query: TransitionQuery) -> Result<Page<Transition, TransitionCursor>, StoreError> {
        self.pool.run(async |connection| rules::transitions(connection, &query).await).await
    }
}

#[async_trait]
impl EngineStore for PostgresAlerts {
    fn changes(&self) -> watch::Receiver<u64> {
        // Subscribed first, so that the first word of the listener is heard.
        let changes = self.changes.subscribe();
        self.listener.get_or_init(|| listener::start(self.pool.clone(), self.id, Arc::clone(&self.changes)));
        changes
    }

    async fn rules(&self) -> Result<Vec<StoredRule>, StoreError> {
        self.pool.run(async |connection| rules::all(connection).await).await
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
