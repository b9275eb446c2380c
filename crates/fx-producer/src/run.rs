//! The live feeds, each a task of its own.

use std::sync::Arc;
use std::time::Duration;

use fx_config::{FeedPlan, Settings};
use fx_domain::clock::Clock;
use fx_domain::currency::Currency;
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
use crate::spool::spool;

const AFTER_PANIC: Duration = Duration::from_mins(1);

/// What the feeds share.
struct Shared {
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    health: HealthRegistry,
    shutdown: CancellationToken,
    tracked: Vec<Currency>,
}

/// How a feed is listened to.
#[derive(Clone)]
enum Way {
    Poll { adapter: &'static Adapter, endpoint: Url, fetcher: Fetcher },
    Stream(Patience),
}

/// Loads the bundled history where it is wanted and missing, and runs every feed of the settings until `shutdown`.
///
/// A feed that fails tells so in its status and its health, and disturbs no other. An error means that nothing could be
/// started at all.
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
    let bundled = settings.feeds.bundled_history.then(|| Bundled::try_new(tracked.clone(), clock.now())).transpose()?;
    let shared = Arc::new(Shared { log, clock, health, shutdown, tracked });
    let mut tasks = JoinSet::new();
    let loading = CancellationToken::new();
    let name = bundled.as_ref().map(|bundled| bundled.source().clone());
    for (plan, way) in ways {
        // The history must stand before the feed of the same name adds to it.
        let first = (name.as_ref() == Some(&plan.name)).then(|| loading.clone());
        tasks.spawn(keep_running(shared.clone(), plan, way, first));
    }
    tasks.spawn(load(shared.clone(), bundled, loading));
    tasks.join_all().await;
    Ok(())
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

async fn load(shared: Arc<Shared>, bundled: Option<Bundled>, loading: CancellationToken) {
    let _done = loading.drop_guard();
    let Some(bundled) = bundled else { return };
    if let Err(error) = bundled.load(&*shared.log, &shared.shutdown).await {
        tracing::error!(%error, "the bundled history was not loaded");
    }
}

/// Runs a feed, and starts it again should it end by a panic: a mistake in one adapter is no other feed's.
async fn keep_running(shared: Arc<Shared>, plan: FeedPlan, way: Way, first: Option<CancellationToken>) {
    let health = shared.health.component(&format!("feed-{}", plan.name));
    loop {
        let running = run_feed(shared.clone(), plan.clone(), way.clone(), first.clone(), health.clone());
        let Err(error) = tokio::spawn(running).await else { return };
        tracing::error!(source = %plan.name, %error, "the feed ended by a panic and starts again");
        health.degraded(format!("ended by a panic, starts again in {AFTER_PANIC:?}"));
        shared.shutdown.run_until_cancelled(tokio::time::sleep(AFTER_PANIC)).await;
    }
}

async fn run_feed(
    shared: Arc<Shared>,
    plan: FeedPlan,
    way: Way,
    first: Option<CancellationToken>,
    health: HealthHandle,
) {
    let (spool, drain) = spool(&plan.name);
    let draining = tokio::spawn(drain.run(shared.log.clone(), shared.shutdown.clone()));
    let started = async {
        if let Some(first) = first {
            first.cancelled().await;
        }
        last_word_patiently(&*shared.log, &plan.name).await
    };
    if let Some(last_word) = shared.shutdown.run_until_cancelled(started).await {
        let mut feed = Feed::new(plan, shared.tracked.clone(), shared.clock.clone(), spool, health);
        feed.resume(last_word);
        match way {
            Way::Poll { adapter, endpoint, fetcher } => {
                Poller::new(feed, adapter, endpoint, fetcher).run(shared.shutdown.clone()).await;
            }
            Way::Stream(patience) => Stream::new(feed, patience).run(shared.shutdown.clone()).await,
        }
    } else {
        drop(spool);
    }
    if let Err(error) = draining.await {
        tracing::error!(%error, "a spool ended by a panic");
    }
}
