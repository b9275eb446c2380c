//! The parts of the one process, and what connects them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use fx_alert_engine::delivery::{Office, keep_delivering};
use fx_api::{ApiContext, attributions};
use fx_config::{FeedPlan, Settings};
use fx_consumer::{Roles, index};
use fx_domain::clock::{Clock, Timestamp};
use fx_index::Index;
use fx_service::program::Program;
use fx_service::{Shutdown, keep_checking};
use fx_stream::Topic;
use fx_stream::embedded::EmbeddedLog;
use tokio::task::JoinSet;

use crate::backends::{self, Backends};

/// How often the log's retention is looked after.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// Everything that the roles share.
pub(crate) struct Parts {
    pub(crate) program: Program,
    pub(crate) backends: Backends,
    index: Option<Arc<Index>>,
    office: Office,
}

impl Parts {
    /// Opens what the settings choose.
    pub(crate) fn open(program: Program) -> Result<Self> {
        let backends = backends::open(&program.settings, &program.clock)?;
        let index = index::from_settings(&program.settings)?;
        let Settings { delivery, data_dir, .. } = &program.settings;
        let stores = (Arc::clone(&backends.deliveries), Arc::clone(&backends.channels));
        let office = Office::try_new(delivery, data_dir, stores, Arc::clone(&program.clock))?;
        fx_stream::describe();
        fx_consumer::describe();
        fx_alert_engine::metrics::describe();
        fx_index::describe();
        Ok(Self { program, backends, index, office })
    }

    /// Starts everything between the feeds and the API.
    pub(crate) fn start_pipeline(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let Program { settings, clock, health, shutdown, .. } = &self.program;
        let Backends { log, rates, engine, cache, embedded_log, .. } = &self.backends;
        let roles = Roles {
            log: Arc::clone(log),
            rates: Arc::clone(rates),
            cache: Arc::clone(cache),
            index: self.index.clone(),
            health: health.clone(),
            clock: Arc::clone(clock),
            shutdown: shutdown.clone(),
        };
        roles.spawn(settings, &mut tasks);
        tasks.spawn(fx_alert_engine::keep_running(
            fx_alert_engine::Settings::from_plans(&self.plans()),
            Arc::clone(log),
            Arc::clone(engine),
            health.component(fx_alert_engine::GROUP),
            shutdown.clone(),
        ));
        tasks.spawn(keep_delivering(self.office.clone(), health.component("delivery"), shutdown.clone()));
        if let Some(store) = self.backends.postgres.clone() {
            let check = move || {
                let store = store.clone();
                async move { store.check().await }
            };
            tasks.spawn(keep_checking(health.component("store"), None, shutdown.clone(), check));
        }
        if embedded_log.is_none() {
            let log = Arc::clone(log);
            let check = move || {
                let log = Arc::clone(&log);
                async move { log.check().await }
            };
            tasks.spawn(keep_checking(health.component("log"), None, shutdown.clone(), check));
        }
        if let Some(log) = embedded_log {
            let retention = settings.stream.retention;
            tasks.spawn(retain_log(log.clone(), retention, Arc::clone(clock), shutdown.clone()));
        }
        tasks
    }

    /// The live feeds, until stopping begins.
    pub(crate) async fn run_feeds(&self) -> Result<()> {
        let Program { settings, clock, health, shutdown, .. } = &self.program;
        let (log, clock) = (Arc::clone(&self.backends.log), Arc::clone(clock));
        Ok(fx_producer::run(settings, log, clock, health.clone(), shutdown.token()).await?)
    }

    /// What the API reads from. No feed of the settings runs while a recording is replayed.
    pub(crate) fn api_context(&self, is_replay: bool) -> ApiContext {
        let plans = self.plans();
        let Program { settings, clock, health, recorder, .. } = &self.program;
        ApiContext {
            settings: settings.api.clone(),
            attributions: attributions(&plans),
            feeds: if is_replay { Vec::new() } else { plans },
            backends: self.backends.names.clone(),
            cache: Arc::clone(&self.backends.cache),
            rates: Arc::clone(&self.backends.rates),
            alerts: Arc::clone(&self.backends.alerts),
            max_alerts: settings.alerts.max_rules,
            retention: settings.stream.retention,
            channels: Arc::clone(&self.backends.channels),
            deliveries: Arc::clone(&self.backends.deliveries),
            delivery: settings.delivery.clone(),
            log: Arc::clone(&self.backends.log),
            health: health.clone(),
            metrics: recorder.clone(),
            clock: Arc::clone(clock),
        }
    }

    fn plans(&self) -> Vec<FeedPlan> {
        self.program.settings.feeds.plans(&self.program.settings.currencies)
    }
}

async fn retain_log(log: EmbeddedLog, retention: Duration, clock: Arc<dyn Clock>, shutdown: Shutdown) {
    let mut hours = tokio::time::interval(PRUNE_EVERY);
    while shutdown.unless_requested(hours.tick()).await.is_some() {
        for topic in Topic::ALL.into_iter().filter(|topic| !topic.is_compacted()) {
            prune(&log, topic, clock.now() - retention, &shutdown).await;
        }
    }
}

async fn prune(log: &EmbeddedLog, topic: Topic, before: Timestamp, shutdown: &Shutdown) {
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
