//! What is latest: from the cache, and from the history while that does not answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fx_cache::{FeedSnapshot, Latest, LatestRates};
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::RateRecord;
use fx_service::HealthHandle;
use fx_store::StoreError;
use fx_store::rates::RateStore;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::context::ApiContext;
use crate::metrics;

/// How long one reading of the history is shown, and how long the cache is left alone after it did not answer.
const SHOWN_FOR: Duration = Duration::from_secs(1);

const ASKED_EVERY: Duration = Duration::from_secs(5);

/// Reads the latest rates.
pub(crate) struct LatestReader {
    cache: Arc<dyn LatestRates>,
    store: Arc<dyn RateStore>,
    health: HealthHandle,
    /// Whether the cache answered when it was last asked, and `health` was told so.
    answers: AtomicBool,
    /// What the history said while the cache did not answer.
    stored: tokio::sync::Mutex<Option<(Instant, Arc<Vec<Latest>>)>>,
    /// What feeds were last known to tell of themselves.
    feeds: Mutex<Vec<FeedSnapshot>>,
}

impl LatestReader {
    pub(crate) fn new(context: &ApiContext) -> Self {
        Self {
            cache: Arc::clone(&context.cache),
            store: Arc::clone(&context.rates),
            health: context.health.component("latest"),
            answers: AtomicBool::new(false),
            stored: tokio::sync::Mutex::default(),
            feeds: Mutex::default(),
        }
    }

    /// What is latest, ordered by pair and then by source.
    ///
    /// # Errors
    /// Neither the cache nor the history answers.
    pub(crate) async fn rates(&self) -> Result<Arc<Vec<Latest>>, StoreError> {
        if !self.answers.load(Ordering::Relaxed)
            && let Some(rates) = shown(self.stored.lock().await.as_ref())
        {
            return Ok(rates);
        }
        match self.cache.rates().await {
            Ok(rates) => {
                if !self.answers.swap(true, Ordering::Relaxed) {
                    self.health.ok("answers");
                }
                metrics::cache_hit();
                Ok(rates)
            }
            Err(error) => self.read_history(&error.to_string()).await,
        }
    }

    /// How each feed is doing, by source; as last known while the cache does not answer.
    pub(crate) async fn feeds(&self) -> Vec<FeedSnapshot> {
        match self.cache.feeds().await {
            Ok(feeds) => {
                self.feeds.lock().clone_from(&feeds);
                feeds
            }
            Err(error) => {
                tracing::debug!(%error, "feeds as last known");
                self.feeds.lock().clone()
            }
        }
    }

    /// Asks the cache every now and then, so that its health is known also while nobody asks for rates.
    pub(crate) async fn keep_asking(&self) {
        let mut times = tokio::time::interval(ASKED_EVERY);
        loop {
            times.tick().await;
            if let Err(error) = self.rates().await {
                self.health.down(format!("neither the cache nor the history answers: {error}"));
            }
        }
    }

    async fn read_history(&self, error: &str) -> Result<Arc<Vec<Latest>>, StoreError> {
        self.answers.store(false, Ordering::Relaxed);
        // One reads, and the others wait for it.
        let mut stored = self.stored.lock().await;
        if let Some(rates) = shown(stored.as_ref()) {
            return Ok(rates);
        }
        metrics::cache_missed();
        let rates = Arc::new(by_pair(self.store.latest().await?));
        self.health.degraded(format!("{error}; the latest rates come from the history"));
        *stored = Some((Instant::now(), Arc::clone(&rates)));
        Ok(rates)
    }
}

/// What the history said, while that may still be shown.
fn shown(stored: Option<&(Instant, Arc<Vec<Latest>>)>) -> Option<Arc<Vec<Latest>>> {
    stored.filter(|(read, _)| read.elapsed() < SHOWN_FOR).map(|(_, rates)| Arc::clone(rates))
}

/// The accepted and the held rate of one pair and feed together.
fn by_pair(records: Vec<RateRecord>) -> Vec<Latest> {
    let mut latest: HashMap<(Pair, Source), Latest> = HashMap::new();
    for record in records {
        latest.entry((record.rate.pair, record.source.clone())).or_default().take_in(record);
    }
    let mut latest: Vec<_> = latest.into_iter().collect();
    latest.sort_by(|(a, _), (b, _)| a.cmp(b));
    latest.into_iter().map(|(_, latest)| latest).collect()
}
