//! The parts of the one process, and what connects them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use fx_api::{ApiContext, Attribution, Backends};
use fx_cache::{LatestRates, Memory};
use fx_config::{FeedPlan, Settings};
use fx_consumer::{cache, enrich, history};
use fx_domain::clock::{Clock, SystemClock};
use fx_domain::enrich::EnrichSettings;
use fx_service::metrics::Recorder;
use fx_service::{Backoff, HealthHandle, HealthRegistry, Shutdown, notify, supervise};
use fx_sqlite::Sqlite;
use fx_store::alerts::SqliteAlerts;
use fx_store::rates::{RateStore, SqliteRates};
use fx_stream::embedded::EmbeddedLog;
use fx_stream::{Log, Topic};
use tokio::task::JoinSet;

/// How often the log's retention is looked after.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// Everything that the roles share.
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: HealthRegistry,
    pub(crate) shutdown: Shutdown,
    embedded_log: EmbeddedLog,
    rates: Arc<dyn RateStore>,
    alerts: Arc<SqliteAlerts>,
    cache: Arc<dyn LatestRates>,
    recorder: Recorder,
}

impl Parts {
    /// Opens the one file, its tables made where they are missing.
    pub(crate) fn open(settings: Settings, recorder: Recorder, shutdown: Shutdown) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let file = Sqlite::open(&settings.data_dir)?;
        let log = EmbeddedLog::try_new(file.clone(), Arc::clone(&clock))?;
        fx_stream::describe();
        fx_consumer::describe();
        fx_alert_engine::metrics::describe();
        Ok(Self {
            log: Arc::new(log.clone()),
            embedded_log: log,
            rates: Arc::new(SqliteRates::try_new(file.clone())?),
            alerts: Arc::new(SqliteAlerts::try_new(file)?),
            cache: Arc::new(Memory::default()),
            health: HealthRegistry::new(Arc::clone(&clock)),
            settings,
            clock,
            recorder,
            shutdown,
        })
    }

    /// Starts everything between the feeds and the API.
    pub(crate) async fn start_pipeline(&self) -> Result<JoinSet<()>> {
        let cached = cache::warm_up(self.log.as_ref(), self.rates.as_ref(), self.cache.as_ref());
        let start = cached.await.context("the latest rates cannot be read")?;
        let mut tasks = JoinSet::new();
        tasks.spawn(self.enrich());
        tasks.spawn(self.history());
        tasks.spawn(self.cache(start));
        tasks.spawn(self.alerts());
        if let Some(retention) = self.settings.store.retention {
            let (rates, clock) = (Arc::clone(&self.rates), Arc::clone(&self.clock));
            tasks.spawn(history::retain(rates, retention, clock, self.shutdown.clone()));
        }
        tasks.spawn(self.retain_log());
        tasks.spawn(self.recorder.clone().keep_up(self.shutdown.clone()));
        tasks.spawn(notify::watchdog(self.health.clone(), self.shutdown.clone()));
        Ok(tasks)
    }

    /// The live feeds, until stopping begins.
    pub(crate) async fn run_feeds(&self) -> Result<()> {
        let (log, clock) = (Arc::clone(&self.log), Arc::clone(&self.clock));
        Ok(fx_producer::run(&self.settings, log, clock, self.health.clone(), self.shutdown.token()).await?)
    }

    /// What the API reads from. No feed of the settings runs while a recording is replayed.
    pub(crate) fn api_context(&self, is_replay: bool) -> ApiContext {
        let plans = self.plans();
        let attribution = |plan: &FeedPlan| {
            let attribution = fx_producer::feeds::attribution(plan.provider);
            (plan.name.clone(), Attribution { text: attribution.text.to_owned(), url: attribution.url.to_owned() })
        };
        ApiContext {
            settings: self.settings.api.clone(),
            attributions: plans.iter().map(attribution).collect::<BTreeMap<_, _>>(),
            feeds: if is_replay { Vec::new() } else { plans },
            backends: Backends { stream: "embedded".into(), store: "sqlite".into(), cache: "memory".into() },
            cache: Arc::clone(&self.cache),
            rates: Arc::clone(&self.rates),
            alerts: self.alerts.clone(),
            max_alerts: self.settings.alerts.max_rules,
            log: Arc::clone(&self.log),
            health: self.health.clone(),
            metrics: self.recorder.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn plans(&self) -> Vec<FeedPlan> {
        self.settings.feeds.plans(&self.settings.currencies)
    }

    fn part(&self, name: &str) -> (Arc<dyn Log>, HealthHandle, Shutdown) {
        (Arc::clone(&self.log), self.health.component(name), self.shutdown.clone())
    }

    fn enrich(&self) -> impl Future<Output = ()> + use<> {
        let (log, health, shutdown) = self.part(enrich::GROUP);
        let stream_period = TimeDelta::from_std(self.settings.enrich.stream_period).unwrap_or(TimeDelta::MAX);
        let settings = enrich::Settings {
            enrich: EnrichSettings { stream_pivot: self.settings.currencies.pivot, stream_period },
            state_every_batches: self.settings.enrich.state_every_batches,
            state_every: self.settings.enrich.state_every,
        };
        supervise(health.clone(), shutdown.clone(), Backoff::default(), move || {
            let role = enrich::run(settings.clone(), Arc::clone(&log), health.clone(), shutdown.clone());
            async { Ok(role.await?) }
        })
    }

    fn history(&self) -> impl Future<Output = ()> + use<> {
        let (log, health, shutdown) = self.part(history::GROUP);
        let rates = Arc::clone(&self.rates);
        supervise(health.clone(), shutdown.clone(), Backoff::default(), move || {
            let role = history::run(Arc::clone(&log), Arc::clone(&rates), health.clone(), shutdown.clone());
            async { Ok(role.await?) }
        })
    }

    /// The cache lives as long as the process, and so does its place in the log: a role that is started again goes on from
    /// its commit, which is never behind the memory that it has filled.
    fn cache(&self, start: u64) -> impl Future<Output = ()> + use<> {
        let (log, health, shutdown) = self.part(cache::GROUP);
        let cache = Arc::clone(&self.cache);
        let mut first = Some(start);
        supervise(health.clone(), shutdown.clone(), Backoff::default(), move || {
            let start = first.take();
            let role = cache::run(Arc::clone(&log), Arc::clone(&cache), start, health.clone(), shutdown.clone());
            async { Ok(role.await?) }
        })
    }

    fn alerts(&self) -> impl Future<Output = ()> + use<> {
        let (log, health, shutdown) = self.part(fx_alert_engine::GROUP);
        let settings = fx_alert_engine::Settings::from_plans(&self.plans());
        let store = Arc::clone(&self.alerts);
        supervise(health.clone(), shutdown.clone(), Backoff::default(), move || {
            let (log, store) = (Arc::clone(&log), store.clone());
            let role = fx_alert_engine::run(settings.clone(), log, store, health.clone(), shutdown.clone());
            async { Ok(role.await?) }
        })
    }

    fn retain_log(&self) -> impl Future<Output = ()> + use<> {
        let (log, clock, shutdown) = (self.embedded_log.clone(), Arc::clone(&self.clock), self.shutdown.clone());
        let retention = self.settings.stream.retention;
        async move {
            let mut hours = tokio::time::interval(PRUNE_EVERY);
            while shutdown.unless_requested(hours.tick()).await.is_some() {
                for topic in Topic::ALL.into_iter().filter(|topic| !topic.is_compacted()) {
                    prune(&log, topic, clock.now() - retention, &shutdown).await;
                }
            }
        }
    }
}

async fn prune(log: &EmbeddedLog, topic: Topic, before: fx_domain::clock::Timestamp, shutdown: &Shutdown) {
    while !shutdown.is_requested() {
        match log.prune(topic, before).await {
            Ok(0) => return,
            Ok(removed) => tracing::info!(%topic, removed, "removed messages that are older than the retention"),
            Err(error) => {
                tracing::warn!(%topic, %error, "retention will be tried again in an hour");
                return;
            }
        }
    }
}
