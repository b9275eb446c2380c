//! Role `index`: enriched rates, alert events and deliveries into the index, and what is too old out of it.
//!
//! What the index does not take now is tried again, for as long as it takes: nothing else waits for these groups.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use async_trait::async_trait;
use fx_config::{ConsumerRole, Settings};
use fx_domain::alert::Transition;
use fx_domain::clock::Clock;
use fx_domain::delivery::Delivery;
use fx_domain::rate::EnrichedBatch;
use fx_index::{Index, Pending};
use fx_service::{HealthHandle, Retry, Shutdown};
use fx_stream::{Log, StreamError, Topic};

use crate::sink::{Applied, Effect, Item, Sink};

/// What is written to the index: each part is a topic that is read in a consumer group of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Enriched rates.
    Rates,
    /// Alert events.
    Alerts,
    /// Finished deliveries.
    Deliveries,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rates, Self::Alerts, Self::Deliveries];

    /// Its consumer group.
    pub fn group(self) -> &'static str {
        match self {
            Self::Rates => "index",
            Self::Alerts => "index-alerts",
            Self::Deliveries => "index-deliveries",
        }
    }

    /// What it reads.
    pub fn topic(self) -> Topic {
        match self {
            Self::Rates => <EnrichedBatch as Item>::TOPIC,
            Self::Alerts => <Transition as Item>::TOPIC,
            Self::Deliveries => <Delivery as Item>::TOPIC,
        }
    }
}

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

/// Writes this part to the index until stopping begins.
pub async fn run(
    part: Part,
    log: Arc<dyn Log>,
    index: Arc<Index>,
    health: HealthHandle,
    shutdown: Shutdown,
) -> Result<(), StreamError> {
    let role = part.group();
    let effect = &Writing { what: role, index, health: health.clone(), shutdown: shutdown.clone() };
    match part {
        Part::Rates => Sink::<EnrichedBatch> { role, log, health, shutdown, effect }.run().await,
        Part::Alerts => Sink::<Transition> { role, log, health, shutdown, effect }.run().await,
        Part::Deliveries => Sink::<Delivery> { role, log, health, shutdown, effect }.run().await,
    }
}

/// What has its documents in the index.
trait Indexed: Item {
    fn pending(items: &[Self]) -> Result<Pending>
    where
        Self: Sized;
}

impl Indexed for EnrichedBatch {
    fn pending(items: &[Self]) -> Result<Pending> {
        Ok(Pending::of_rates(items)?)
    }
}

impl Indexed for Transition {
    fn pending(items: &[Self]) -> Result<Pending> {
        Ok(Pending::of_alerts(items)?)
    }
}

impl Indexed for Delivery {
    fn pending(items: &[Self]) -> Result<Pending> {
        Ok(Pending::of_deliveries(items)?)
    }
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
impl<T: Indexed> Effect<T> for Writing {
    async fn starts(&self, _partitions: &[u32]) -> Result<Vec<(u32, u64)>> {
        self.index.provision().await?;
        Ok(Vec::new())
    }

    async fn apply(&self, _partitions: &[u32], items: Vec<T>) -> Result<Applied> {
        let pending = tokio::task::spawn_blocking(move || T::pending(&items)).await??;
        self.write(pending).await
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
