//! The connections of one process.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, PoolError, RecycleError, RecycleResult};
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use fx_config::PostgresqlSettings;
use tokio::sync::OnceCell;

use super::Connector;
use super::migrations;
use crate::StoreError;
use crate::aborted::Aborted;

/// How long a call waits for a connection when all are in use.
const WAIT: Duration = Duration::from_secs(10);

/// The server ends a statement that takes too long; only when it cannot be heard any more does the client, this much later.
const GRACE: Duration = Duration::from_secs(5);

/// A bounded number of connections, made as they are needed; cheap to clone.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Inner>);

struct Inner {
    connections: deadpool::managed::Pool<Connector>,
    connector: Connector,
    may_migrate: bool,
    limit: Duration,
    tables: OnceCell<()>,
}

impl Manager for Connector {
    type Type = AsyncPgConnection;
    type Error = StoreError;

    async fn create(&self) -> Result<AsyncPgConnection, StoreError> {
        self.connect().await
    }

    async fn recycle(&self, connection: &mut AsyncPgConnection, _: &Metrics) -> RecycleResult<StoreError> {
        // Only the socket can have ended meanwhile: what went wrong in use was never given back.
        if connection.is_broken() { Err(RecycleError::message("closed")) } else { Ok(()) }
    }
}

impl Pool {
    pub(crate) fn new(connector: Connector, settings: &PostgresqlSettings) -> Self {
        let most = usize::try_from(settings.connections).unwrap_or(1).max(1);
        let connections = deadpool::managed::Pool::builder(connector.clone()).max_size(most).build();
        let connections = connections.expect("a pool without time-outs of its own needs no runtime");
        let limit = settings.statement_timeout + GRACE;
        let tables = OnceCell::new();
        Self(Arc::new(Inner { connections, connector, may_migrate: settings.migrate, limit, tables }))
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.0.connector
    }

    /// How long one piece of work may take before its connection counts as lost.
    pub(crate) fn limit(&self) -> Duration {
        self.0.limit
    }

    /// Whether the server answers and has the tables.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        self.tables().await?;
        self.run(async |connection| {
            use diesel_async::SimpleAsyncConnection;
            Ok(connection.batch_execute("SELECT 1").await?)
        })
        .await
    }

    /// Runs `work` on a connection. One on which it failed, or did not come to an end because nobody waits for it any more,
    /// is closed: nobody gets it in the middle of a transaction.
    pub(crate) async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Aborted>,
    ) -> Result<T, StoreError> {
        self.try_run(work).await.map_err(|aborted| aborted.at(self.connector().server()))
    }

    /// Runs `work` in one transaction. Where it fails, its connection is closed, and with it goes what it has done.
    pub(crate) async fn transact<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Aborted>,
    ) -> Result<T, StoreError> {
        self.run(async |connection| {
            AnsiTransactionManager::begin_transaction(connection).await?;
            let done = work(connection).await?;
            AnsiTransactionManager::commit_transaction(connection).await?;
            Ok(done)
        })
        .await
    }

    /// As `run`, for those who look at what went wrong.
    pub(crate) async fn try_run<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Aborted>,
    ) -> Result<T, Aborted> {
        self.tables().await?;
        let mut lent = Lent(Some(self.lend().await?));
        let Some(connection) = lent.0.as_deref_mut() else { return Err(self.lost().into()) };
        let done = tokio::time::timeout(self.0.limit, work(connection)).await.map_err(|_| self.lost())??;
        lent.give_back();
        Ok(done)
    }

    async fn lend(&self) -> Result<Object<Connector>, StoreError> {
        match tokio::time::timeout(WAIT, self.0.connections.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            Ok(Err(other)) => Err(self.connector().failed(other.to_string())),
            Err(_) => Err(self.connector().failed(format!("all connections were in use for {} s", WAIT.as_secs()))),
        }
    }

    /// Before the first work: the tables.
    async fn tables(&self) -> Result<(), StoreError> {
        let look = || migrations::bring_up_to_date(self.connector(), self.0.may_migrate);
        self.0.tables.get_or_try_init(look).await.copied()
    }

    fn lost(&self) -> StoreError {
        self.connector().failed(format!("no answer within {} s, the connection is given up", self.0.limit.as_secs()))
    }
}

/// Goes back to the pool only when it is said to be in order.
struct Lent(Option<Object<Connector>>);

impl Lent {
    fn give_back(mut self) {
        self.0 = None;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}
