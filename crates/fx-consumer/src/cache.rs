//! Role `cache`: enriched rates and the feeds' status into the latest rates.
//!
//! A cache can lose what it had, and says so: it is then filled from the history, and the role goes back in the log to where
//! the history is, so that nothing is missed in between.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use fx_cache::{CacheError, FeedSnapshot, LatestRates};
use fx_domain::feed::Source;
use fx_domain::rate::{EnrichedBatch, Quality, RateRecord};
use fx_service::{HealthHandle, Shutdown};
use fx_store::rates::RateStore;
use fx_stream::{Log, PartitionPosition, StreamError};

use crate::history;
use crate::sink::{Applied, Effect, Sink, TOPIC};

/// The consumer group.
pub const GROUP: &str = "cache";

/// Writes the enriched rates to the cache until stopping begins.
pub async fn run(
    log: Arc<dyn Log>,
    history: Arc<dyn RateStore>,
    cache: Arc<dyn LatestRates>,
    health: HealthHandle,
    shutdown: Shutdown,
) -> Result<(), StreamError> {
    let effect = Cache { log: Arc::clone(&log), history, latest: cache };
    Sink { role: GROUP, log, health, shutdown, effect: &effect }.run().await
}

struct Cache {
    log: Arc<dyn Log>,
    history: Arc<dyn RateStore>,
    latest: Arc<dyn LatestRates>,
}

#[async_trait]
impl Effect for Cache {
    async fn starts(&self, partitions: &[u32]) -> anyhow::Result<Vec<(u32, u64)>> {
        if partitions.is_empty() || self.latest.is_warm(partitions).await? {
            return Ok(Vec::new());
        }
        let of_history = self.log.positions(history::GROUP, TOPIC).await.context("where the history is")?;
        let of_cache = self.log.positions(GROUP, TOPIC).await.context("where the cache is")?;
        // Whatever the history has before its position is in there. One's own position is behind it only where the cache
        // is: going back further does no harm.
        let position = |partition: u32| {
            let of = |positions: &[PartitionPosition]| {
                positions.iter().find(|at| at.partition == partition).and_then(|at| at.committed).unwrap_or(0)
            };
            (partition, of(&of_history).min(of(&of_cache)))
        };
        Ok(partitions.iter().map(|&partition| position(partition)).collect())
    }

    async fn fill(&self, partitions: &[u32]) -> anyhow::Result<()> {
        let latest = self.history.latest().await.context("the latest rates of the history")?;
        tracing::info!(?partitions, rates = latest.len(), "the cache is cold, it is filled from the history");
        Ok(self.latest.fill(partitions, latest).await?)
    }

    async fn apply(&self, partitions: &[u32], batches: Vec<EnrichedBatch>) -> anyhow::Result<Applied> {
        let feeds = feeds(&batches);
        let written = match self.latest.put_rates(partitions, newest(batches)).await {
            Ok(()) => self.latest.put_feeds(partitions, feeds).await,
            failed => failed,
        };
        match written {
            Ok(()) => Ok(Applied::Done),
            Err(CacheError::Cold) => Ok(Applied::Lost),
            Err(error) => Err(error.into()),
        }
    }
}

/// Of each feed one snapshot, which says what all of them say one after another.
fn feeds(batches: &[EnrichedBatch]) -> Vec<FeedSnapshot> {
    let mut feeds: BTreeMap<Source, FeedSnapshot> = BTreeMap::new();
    for batch in batches {
        let mut told = FeedSnapshot::from(batch);
        match feeds.get_mut(&batch.source) {
            None => {
                feeds.insert(batch.source.clone(), told);
            }
            // The first status there is says more than none, whenever that was.
            Some(feed) if feed.status.is_none() && told.status.is_some() => {
                told.last_source_ts = told.last_source_ts.max(feed.last_source_ts);
                *feed = told;
            }
            Some(feed) => feed.take_in(told),
        }
    }
    feeds.into_values().collect()
}

/// Of each pair and source the newest accepted rate and the newest held one: of a long chunk nothing else matters.
fn newest(mut batches: Vec<EnrichedBatch>) -> Vec<RateRecord> {
    let mut seen = HashSet::new();
    let mut newest: Vec<RateRecord> = Vec::new();
    batches.sort_by_key(|batch| std::cmp::Reverse((batch.source_ts, batch.fetched_at)));
    for mut batch in batches {
        let source = batch.source.clone();
        batch.rates.retain(|rate| seen.insert((rate.pair, rate.quality == Quality::Suspect, source.clone())));
        newest.extend(batch.into_records());
    }
    newest
}
