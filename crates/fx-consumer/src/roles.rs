//! The roles of one process, each kept running on its own.

use std::sync::Arc;

use fx_cache::LatestRates;
use fx_config::{ConsumerRole, Settings};
use fx_domain::clock::Clock;
use fx_index::Index;
use fx_service::{Backoff, HealthRegistry, Shutdown, keep_checking, supervise};
use fx_store::rates::RateStore;
use fx_stream::Log;
use tokio::task::JoinSet;

use crate::{cache, enrich, history, index};

/// What the roles work on.
#[derive(Clone)]
pub struct Roles {
    /// The log.
    pub log: Arc<dyn Log>,
    /// The history.
    pub rates: Arc<dyn RateStore>,
    /// The latest rates.
    pub cache: Arc<dyn LatestRates>,
    /// The index, where one of the roles writes to it: [`index::from_settings`].
    pub index: Option<Arc<Index>>,
    /// Where each role says how it is doing, under its own name.
    pub health: HealthRegistry,
    /// The time by which retention goes.
    pub clock: Arc<dyn Clock>,
    /// What ends them.
    pub shutdown: Shutdown,
}

impl Roles {
    /// Starts the roles that the settings name.
    pub fn spawn(&self, settings: &Settings, tasks: &mut JoinSet<()>) {
        for role in &settings.consumer.roles {
            match role {
                ConsumerRole::Enrich => self.spawn_enrich(settings, tasks),
                ConsumerRole::History => self.spawn_history(settings, tasks),
                ConsumerRole::Cache => self.spawn_cache(tasks),
                ConsumerRole::Index => self.spawn_index(settings, tasks),
            }
        }
    }

    fn spawn_enrich(&self, settings: &Settings, tasks: &mut JoinSet<()>) {
        let settings = enrich::Settings::of(settings);
        let (log, shutdown) = (Arc::clone(&self.log), self.shutdown.clone());
        let health = self.health.component(enrich::GROUP);
        tasks.spawn(supervise(health.clone(), shutdown.clone(), Backoff::default(), move || {
            let role = enrich::run(settings.clone(), Arc::clone(&log), health.clone(), shutdown.clone());
            async { Ok(role.await?) }
        }));
    }

    fn spawn_history(&self, settings: &Settings, tasks: &mut JoinSet<()>) {
        if let Some(retention) = settings.store.retention {
            let (rates, clock) = (Arc::clone(&self.rates), Arc::clone(&self.clock));
            tasks.spawn(history::retain(rates, retention, clock, self.shutdown.clone()));
        }
        let (log, rates, shutdown) = (Arc::clone(&self.log), Arc::clone(&self.rates), self.shutdown.clone());
        let health = self.health.component(history::GROUP);
        tasks.spawn(supervise(health.clone(), shutdown.clone(), Backoff::default(), move || {
            let role = history::run(Arc::clone(&log), Arc::clone(&rates), health.clone(), shutdown.clone());
            async { Ok(role.await?) }
        }));
    }

    fn spawn_cache(&self, tasks: &mut JoinSet<()>) {
        let (roles, health) = (self.clone(), self.health.component(cache::GROUP));
        tasks.spawn(supervise(health.clone(), self.shutdown.clone(), Backoff::default(), move || {
            let (log, rates, cache) = (Arc::clone(&roles.log), Arc::clone(&roles.rates), Arc::clone(&roles.cache));
            let role = cache::run(log, rates, cache, health.clone(), roles.shutdown.clone());
            async { Ok(role.await?) }
        }));
    }

    /// Each part in a group of its own. Without them the rest goes on.
    fn spawn_index(&self, settings: &Settings, tasks: &mut JoinSet<()>) {
        let Some(index) = &self.index else { return };
        let part = |name: &str| (self.health.component(name).dispensable(), self.shutdown.clone());
        for indexed in index::Part::ALL {
            let (log, writing, (health, shutdown)) = (Arc::clone(&self.log), Arc::clone(index), part(indexed.group()));
            tasks.spawn(supervise(health.clone(), shutdown.clone(), Backoff::default(), move || {
                let (log, index) = (Arc::clone(&log), Arc::clone(&writing));
                let role = index::run(indexed, log, index, health.clone(), shutdown.clone());
                async { Ok(role.await?) }
            }));
        }
        let (checked, (health, shutdown)) = (Arc::clone(index), part("elasticsearch"));
        tasks.spawn(keep_checking(health, Some("the index waits"), shutdown, move || {
            let index = Arc::clone(&checked);
            async move { index.check().await }
        }));
        if let Some(retention) = settings.index.retention {
            tasks.spawn(index::retain(Arc::clone(index), retention, Arc::clone(&self.clock), self.shutdown.clone()));
        }
    }
}
