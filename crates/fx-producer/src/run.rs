//! The live feeds, each a task of its own.

use std::sync::Arc;
use std::time::Duration;

use fx_config::{FeedPlan, Settings, StreamBackend};
use fx_domain::batch::Batch;
use fx_domain::clock::Clock;
use fx_domain::currency::Currency;
use fx_domain::feed::Source;
use fx_service::{HealthHandle, HealthRegistry};
use fx_stream::Log;
use reqwest::Url;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::bundled::Bundled;
use crate::error::ProducerError;
use crate::feed::Feed;
use crate::feeds::{self, Adapter};
use crate::http::Fetcher;
use crate::kraken::{Patience, Stream};
use crate::last_word::last_word_patiently;
use crate::metrics;
use crate::poll::Poller;
use crate::spool::{self, Disk, Fallback, Spool, Spooled, spools};

const AFTER_PANIC: Duration = Duration::from_mins(1);
/// So long is a log that is away asked how far a feed is; then the feed starts without an answer.
const LOG_PATIENCE: Duration = Duration::from_secs(5);
/// Without a disk so many bytes may wait for the log, of all feeds together.
const IN_MEMORY_BYTES: u64 = 16 * 1024 * 1024;

/// What the feeds share.
struct Shared {
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    health: HealthRegistry,
    shutdown: CancellationToken,
    tracked: Vec<Currency>,
    /// What waits for a log that may be away; `None` where the log is in this process.
    spooled: Option<Spooled>,
}

/// How a feed is listened to.
#[derive(Clone)]
enum Way {
    Poll { adapter: &'static Adapter, endpoint: Url, fetcher: Fetcher },
    Stream(Patience),
}

/// Loads the bundled history where it is wanted and missing, and runs every feed of the settings until `shutdown`.
///
/// A feed that fails tells so in its status and its health, and disturbs no other. Where the log is Kafka, what it does
/// not take waits in `data_dir/spool`, and goes first at the next start. An error means that nothing could be started at
/// all.
pub async fn run(
    settings: &Settings,
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    health: HealthRegistry,
    shutdown: CancellationToken,
) -> Result<(), ProducerError> {
    metrics::describe();
    let tracked = settings.currencies.all();
    let ways = ways(settings)?;
    let mut bundled =
        settings.feeds.bundled_history.then(|| Bundled::try_new(tracked.clone(), clock.now())).transpose()?;
    let fallback = fallback(settings, &clock, &health).await?;
    let spooled = fallback.as_ref().map(|fallback| fallback.disk.spooled());
    let most_bytes = if spooled.is_some() { settings.feeds.spool_max_bytes } else { IN_MEMORY_BYTES };
    let sources = ways.iter().map(|(plan, _)| &plan.name).chain(bundled.as_ref().map(Bundled::source)).cloned();
    let (mut spools, drain) = spools(sources, most_bytes, log.clone(), fallback, shutdown.clone());
    let shared = Arc::new(Shared { log, clock, health, shutdown, tracked, spooled });
    let draining = tokio::spawn(drain.run());
    let mut tasks = JoinSet::new();
    for (plan, way) in ways {
        let Some(spool) = spools.remove(&plan.name) else { continue };
        // The history must stand before the feed of the same name adds to it.
        let first = bundled.take_if(|bundled| *bundled.source() == plan.name);
        let health = shared.health.component(&format!("feed-{}", plan.name));
        tasks.spawn(keep_running(shared.clone(), plan, way, first, spool, health));
    }
    if let Some(bundled) = bundled
        && let Some(spool) = spools.remove(bundled.source())
    {
        tasks.spawn(load(shared.clone(), bundled, spool));
    }
    drop(spools);
    tasks.join_all().await;
    if let Err(error) = draining.await {
        tracing::error!(%error, "what hands the batches to the log ended by a panic");
    }
    Ok(())
}

async fn fallback(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    health: &HealthRegistry,
) -> Result<Option<Fallback>, ProducerError> {
    if settings.stream.backend != StreamBackend::Kafka {
        return Ok(None);
    }
    let folder = spool::folder(settings);
    let opened = Disk::open(&folder, Arc::clone(clock)).await;
    let disk = opened.map_err(|reason| ProducerError::Spool { folder, reason })?;
    Ok(Some(Fallback { disk, health: health.component("spool") }))
}

fn ways(settings: &Settings) -> Result<Vec<(FeedPlan, Way)>, ProducerError> {
    let fetcher = Fetcher::try_new(&settings.feeds)?;
    let plans = settings.feeds.plans(&settings.currencies).into_iter();
    plans.map(|plan| way(&plan, &fetcher, settings).map(|way| (plan, way))).collect()
}

fn way(plan: &FeedPlan, fetcher: &Fetcher, settings: &Settings) -> Result<Way, ProducerError> {
    let Some(adapter) = feeds::adapter(plan.provider) else {
        return Ok(Way::Stream(Patience::of(settings.feeds.connect_timeout, plan)));
    };
    let url = plan.url.as_deref().unwrap_or(adapter.endpoint);
    let endpoint = url.parse().map_err(|_| ProducerError::Endpoint { feed: plan.name.clone(), url: url.to_owned() })?;
    Ok(Way::Poll { adapter, endpoint, fetcher: fetcher.clone() })
}

/// Loads the history where no feed of its name runs.
async fn load(shared: Arc<Shared>, bundled: Bundled, spool: Spool) {
    let source = bundled.source().clone();
    let last_word = shared.shutdown.run_until_cancelled(shared.last_word(&source, true)).await;
    let Some(last_word) = last_word else { return };
    if let Err(error) = bundled.load(last_word, &spool) {
        tracing::error!(%error, "the bundled history was not loaded");
    }
}

/// Runs a feed, and starts it again should it end by a panic: a mistake in one adapter is no other feed's.
async fn keep_running(
    shared: Arc<Shared>,
    plan: FeedPlan,
    way: Way,
    mut bundled: Option<Bundled>,
    spool: Spool,
    health: HealthHandle,
) {
    loop {
        let feed = Feed::new(plan.clone(), shared.tracked.clone(), shared.clock.clone(), spool.clone(), health.clone());
        let running = run_feed(shared.clone(), feed, way.clone(), bundled.take(), spool.clone());
        let Err(error) = tokio::spawn(running).await else { return };
        tracing::error!(source = %plan.name, %error, "the feed ended by a panic and starts again");
        health.degraded(format!("ended by a panic, starts again in {AFTER_PANIC:?}"));
        shared.shutdown.run_until_cancelled(tokio::time::sleep(AFTER_PANIC)).await;
    }
}

async fn run_feed(shared: Arc<Shared>, mut feed: Feed, way: Way, bundled: Option<Bundled>, spool: Spool) {
    // Without it, a table of days would be published anew from the first of them.
    let needs_it = bundled.is_some() || matches!(&way, Way::Poll { adapter, .. } if adapter.recent_days.is_some());
    let last_word = shared.shutdown.run_until_cancelled(shared.last_word(&feed.plan.name, needs_it)).await;
    let Some(mut last_word) = last_word else { return };
    if let Some(bundled) = bundled {
        last_word = bundled.load(last_word, &spool).unwrap_or_else(|error| {
            tracing::error!(%error, "the bundled history was not loaded");
            None
        });
    }
    drop(spool);
    feed.resume(last_word);
    match way {
        Way::Poll { adapter, endpoint, fetcher } => {
            Poller::new(feed, adapter, endpoint, fetcher).run(shared.shutdown.clone()).await;
        }
        Way::Stream(patience) => Stream::new(feed, patience).run(shared.shutdown.clone()).await,
    }
}

impl Shared {
    /// The newest batch of a feed: what waits on disk is newer than what the log has. Where the log is away, only a feed
    /// that needs the answer waits for it.
    async fn last_word(&self, source: &Source, needs_it: bool) -> Option<Batch> {
        let asking = last_word_patiently(&*self.log, source);
        let Some(spooled) = &self.spooled else { return asking.await };
        match spooled.last_word(source).await {
            Ok(Some(waiting)) => return Some(waiting),
            Ok(None) => {}
            Err(error) => tracing::warn!(%source, %error, "what waits on disk of the feed cannot be read"),
        }
        if needs_it {
            return asking.await;
        }
        let answer = tokio::time::timeout(LOG_PATIENCE, asking).await;
        answer.unwrap_or_else(|_| {
            tracing::warn!(%source, "the log does not say how far the feed is, the feed starts all the same");
            None
        })
    }
}
