//! A store on which the engine dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use fx_store::StoreError;
use fx_store::alerts::{CommitError, Effect, EngineStore, SqliteAlerts, Standing, StoredRule, Unpublished};
use tokio::sync::{Notify, watch};

/// Passes everything on. The writing at which the countdown ends either happens or does not, and is never answered.
pub(crate) struct Faulty {
    pub(crate) inner: SqliteAlerts,
    countdown: AtomicI64,
    happens: bool,
    pub(crate) dead: Notify,
}

impl Faulty {
    pub(crate) fn new(inner: SqliteAlerts, countdown: i64, happens: bool) -> Arc<Self> {
        Arc::new(Self { inner, countdown: countdown.into(), happens, dead: Notify::new() })
    }

    async fn write<T>(&self, work: impl Future<Output = T>) -> T {
        if self.countdown.fetch_sub(1, Ordering::SeqCst) > 1 {
            return work.await;
        }
        if self.happens {
            work.await;
        }
        self.dead.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl EngineStore for Faulty {
    fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes()
    }

    async fn rules(&self) -> Result<Vec<StoredRule>, StoreError> {
        self.inner.rules().await
    }

    async fn open(&self, partition: u32) -> Result<Standing, StoreError> {
        self.inner.open(partition).await
    }

    async fn commit(&self, effect: Arc<Effect>) -> Result<(), CommitError> {
        self.write(self.inner.commit(effect)).await
    }

    async fn unpublished(&self, limit: u32) -> Result<Vec<Unpublished>, StoreError> {
        self.inner.unpublished(limit).await
    }

    async fn published(&self, position: i64) -> Result<(), StoreError> {
        self.write(self.inner.published(position)).await
    }
}

/// A store whose first writings fail, as one does that is down for a while.
pub(crate) struct Down {
    pub(crate) inner: SqliteAlerts,
    pub(crate) failures: AtomicI64,
}

#[async_trait]
impl EngineStore for Down {
    fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes()
    }

    async fn rules(&self) -> Result<Vec<StoredRule>, StoreError> {
        self.inner.rules().await
    }

    async fn open(&self, partition: u32) -> Result<Standing, StoreError> {
        self.inner.open(partition).await
    }

    async fn commit(&self, effect: Arc<Effect>) -> Result<(), CommitError> {
        if self.failures.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Err(StoreError::Row("the store is down".to_owned()).into());
        }
        self.inner.commit(effect).await
    }

    async fn unpublished(&self, limit: u32) -> Result<Vec<Unpublished>, StoreError> {
        self.inner.unpublished(limit).await
    }

    async fn published(&self, position: i64) -> Result<(), StoreError> {
        self.inner.published(position).await
    }
}
