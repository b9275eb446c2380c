//! Role `history`: enriched rates into the store, and what is too old out of it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fx_domain::clock::Clock;
use fx_domain::rate::EnrichedBatch;
use fx_service::{HealthHandle, Shutdown};
use fx_store::rates::RateStore;
use fx_stream::{Log, StreamError};

use crate::sink::{Applied, Effect, Sink};

/// The consumer group.
pub const GROUP: &str = "history";

/// How often retention is looked after.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// Writes the enriched rates to the store until stopping begins.
pub async fn run(
    log: Arc<dyn Log>,
    store: Arc<dyn RateStore>,
    health: HealthHandle,
    shutdown: Shutdown,
) -> Result<(), StreamError> {
    Sink { role: GROUP, log, health, shutdown, effect: &History(store) }.run().await
}

struct History(Arc<dyn RateStore>);

#[async_trait]
impl Effect for History {
    async fn apply(&self, _partitions: &[u32], batches: Vec<EnrichedBatch>) -> anyhow::Result<Applied> {
        self.0.write(batches.into_iter().flat_map(EnrichedBatch::into_records).collect()).await?;
        Ok(Applied::Done)
    }
}

/// Removes rates whose source time is longer ago than `retention`, once an hour until stopping begins.
pub async fn retain(store: Arc<dyn RateStore>, retention: Duration, clock: Arc<dyn Clock>, shutdown: Shutdown) {
    let mut hours = tokio::time::interval(PRUNE_EVERY);
    while shutdown.unless_requested(hours.tick()).await.is_some() {
        let before = clock.now() - retention;
        loop {
            match store.prune(before).await {
                Ok(0) => break,
                Ok(removed) => tracing::info!(removed, %before, "removed rates that are older than the retention"),
                Err(error) => {
                    tracing::warn!(%error, "retention will be tried again in an hour");
                    break;
                }
            }
            if shutdown.is_requested() {
                return;
            }
        }
    }
}
