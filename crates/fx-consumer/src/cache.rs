//! Role `cache`: enriched rates and the feeds' status into the latest rates.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use fx_cache::{FeedSnapshot, LatestRates};
use fx_domain::rate::{EnrichedBatch, Quality, RateRecord};
use fx_service::{HealthHandle, Shutdown};
use fx_store::rates::RateStore;
use fx_stream::{Log, StreamError, Topic};

use crate::history;
use crate::sink::{Effect, Sink};

/// The consumer group.
pub const GROUP: &str = "cache";

/// Writes the enriched rates to the cache until stopping begins, from `start` or where the group is.
pub async fn run(
    log: Arc<dyn Log>,
    cache: Arc<dyn LatestRates>,
    start: Option<u64>,
    health: HealthHandle,
    shutdown: Shutdown,
) -> Result<(), StreamError> {
    Sink { role: GROUP, log, health, shutdown }.run(start, &Cache(cache)).await
}

struct Cache(Arc<dyn LatestRates>);

#[async_trait]
impl Effect for Cache {
    async fn apply(&self, batches: Vec<EnrichedBatch>) -> anyhow::Result<()> {
        let feeds = batches.iter().map(FeedSnapshot::from).collect();
        self.0.put_rates(newest(batches)).await?;
        self.0.put_feeds(feeds).await?;
        Ok(())
    }
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

/// Fills a cache that a restart has emptied, and answers where [`run`] must start for nothing to be missed: everything
/// before that offset is in the history.
pub async fn warm_up(log: &dyn Log, store: &dyn RateStore, cache: &dyn LatestRates) -> anyhow::Result<u64> {
    let positions = log.positions(history::GROUP, Topic::RatesEnriched).await.context("where the history is")?;
    let start = positions.first().and_then(|position| position.committed).unwrap_or(0);
    cache.put_rates(store.latest().await.context("the latest rates of the history")?).await?;
    Ok(start)
}
