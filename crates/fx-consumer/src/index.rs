//! Role `index`: enriched rates and alert events into the index, and what is too old out of it.
//!
//! What the index does not take now is tried again, for as long as it takes: nothing else waits for these groups.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use async_trait::async_trait;
use fx_config::{ConsumerRole, Settings};
use fx_domain::alert::Transition;
use fx_domain::clock::Clock;
use fx_domain::rate::EnrichedBatch;
use fx_index::{Index, Pending};
use fx_service::{HealthHandle, Retry, Shutdown};
use fx_stream::{Log, StreamError};

use crate::sink::{Applied, Effect, Sink};

/// The consumer group of the rates.
pub const GROUP: &str = "index";
/// The consumer group of the alert events.
pub const ALERTS_GROUP: &str = "index-alerts";

/// How often retention is looked after.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// The index of the settings, where one of the roles writes to it.
///
/// # Errors
/// The role is there without an index, or the settings name a certificate that cannot be used.
pub fn from_settings(settings: &Settings) -> Result<Option<Arc<Index>>> {
    if !settings.consumer.roles.contains(&ConsumerRole::Index) {
        return Ok(None);
    }
    if !settings.index.is_used() {
        bail!("the role index needs an index: set [index] backend = \"elasticsearch\", or leave the role out");
    }
    Ok(Some(Arc::new(Index::connect(&settings.index)?)))
}

/// Writes the enriched rates to the index until stopping begins.
pub async fn run(
    log: Arc<dyn Log>,
    index: Arc<Index>,
    health: HealthHandle,
    shutdown: Shutdown,
) -> Result<(), StreamError> {
    let effect = Writing { what: GROUP, index, health: health.clone(), shutdown: shutdown.clone() };
    Sink::<EnrichedBatch> { role: GROUP, log, health, shutdown, effect: &effect }.run().await
}

/// Writes the alert events to the index until stopping begins.
pub async fn run_alerts(
    log: Arc<dyn Log>,
    index: Arc<Index>,
    health: HealthHandle,
    shutdown: Shutdown,
) -> Result<(), StreamError> {
    let effect = Writing { what: ALERTS_GROUP, index, health: health.clone(), shutdown: shutdown.clone() };
    Sink::<Transition> { role: ALERTS_GROUP, log, health, shutdown, effect: &effect }.run().await
}

struct Writing {
    what: &'static str,
    index: Arc<Index>,
    health: HealthHandle,
    shutdown: Shutdown,
}

impl Writing {
    /// Until nothing is pending, or stopping begins. What is written already is not written again.
    async fn write(&self, mut pending: Pending) -> Result<Applied> {
        let retry = || Retry::new(self.what, Some(&self.health), &self.shutdown);
        let mut waits = retry();
        loop {
            let before = pending.len();
            let Err(error) = self.health.waiting(self.index.write(&mut pending)).await else { break };
            if pending.len() < before {
                waits = retry();
            }
            if !waits.after(&error).await {
                return Err(error.into());
            }
        }
        let refused = pending.into_refused();
        Ok(if refused.is_empty() { Applied::Done } else { Applied::Refused(refused) })
    }
}

#[async_trait]
impl Effect for Writing {
    async fn starts(&self, _partitions: &[u32]) -> Result<Vec<(u32, u64)>> {
        self.index.provision().await?;
        Ok(Vec::new())
    }

    async fn apply(&self, _partitions: &[u32], batches: Vec<EnrichedBatch>) -> Result<Applied> {
        let pending = tokio::task::spawn_blocking(move || Pending::of_rates(&batches)).await??;
        self.write(pending).await
    }
}

#[async_trait]
impl Effect<Transition> for Writing {
    async fn starts(&self, _partitions: &[u32]) -> Result<Vec<(u32, u64)>> {
        self.index.provision().await?;
        Ok(Vec::new())
    }

    async fn apply(&self, _partitions: &[u32], transitions: Vec<Transition>) -> Result<Applied> {
        self.write(Pending::of_alerts(&transitions)?).await
    }
}

/// Drops indices whose whole period is longer ago than `retention`, once an hour until stopping begins.
pub async fn retain(index: Arc<Index>, retention: Duration, clock: Arc<dyn Clock>, shutdown: Shutdown) {
    let mut hours = tokio::time::interval(PRUNE_EVERY);
    while shutdown.unless_requested(hours.tick()).await.is_some() {
        let before = clock.now() - retention;
        match index.drop_before(before).await {
            Ok(dropped) if dropped.is_empty() => {}
            Ok(dropped) => tracing::info!(?dropped, %before, "dropped indices that are older than the retention"),
            Err(error) => tracing::warn!(%error, "retention of the index will be tried again in an hour"),
        }
    }
}
