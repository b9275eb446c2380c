//! How the parts of a service are doing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use fx_domain::clock::{Clock, Timestamp};
use parking_lot::RwLock;
use serde::Serialize;

use crate::metrics;

/// How well something works; the order is from well to not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// As it should.
    Ok,
    /// Not all of it, or not as fast; answers are still given.
    Degraded,
    /// Not at all.
    Down,
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Down => "down",
        })
    }
}

/// How one part is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComponentHealth {
    /// How well it works.
    pub status: HealthStatus,
    /// Since when it has this status.
    pub since: Timestamp,
    /// What there is to say about it, for an operator.
    pub detail: String,
}

/// How the whole is doing: as its worst part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthReport {
    /// The worst status of all parts; `ok` where there are none.
    pub status: HealthStatus,
    /// Each part by its name.
    pub components: BTreeMap<String, ComponentHealth>,
}

/// Where every part of a service says how it is doing. Cheap to clone; all clones are one registry.
#[derive(Clone)]
pub struct HealthRegistry {
    clock: Arc<dyn Clock>,
    components: Arc<RwLock<BTreeMap<String, ComponentHealth>>>,
}

impl HealthRegistry {
    /// An empty registry, which dates changes by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, components: Arc::default() }
    }

    /// Registers a part as `degraded: starting`, or finds it where it is registered, and gives it its handle.
    pub fn component(&self, name: &str) -> HealthHandle {
        self.components.write().entry(name.to_owned()).or_insert_with(|| ComponentHealth {
            status: HealthStatus::Degraded,
            since: self.clock.now(),
            detail: "starting".to_owned(),
        });
        HealthHandle { registry: self.clone(), name: name.into() }
    }

    /// How everything is doing now.
    pub fn snapshot(&self) -> HealthReport {
        let components = self.components.read().clone();
        let status = components.values().map(|part| part.status).max().unwrap_or(HealthStatus::Ok);
        HealthReport { status, components }
    }

    fn set(&self, name: &str, status: HealthStatus, detail: String) {
        let now = self.clock.now();
        let mut components = self.components.write();
        let before = components.get(name);
        let since = before.filter(|part| part.status == status).map(|part| part.since);
        if since.is_none() {
            log_change(name, status, &detail);
            metrics::component_status(name, status);
        }
        components.insert(name.to_owned(), ComponentHealth { status, since: since.unwrap_or(now), detail });
    }
}

fn log_change(component: &str, status: HealthStatus, detail: &str) {
    match status {
        HealthStatus::Ok => tracing::info!(component, %status, detail, "health changed"),
        HealthStatus::Degraded | HealthStatus::Down => tracing::warn!(component, %status, detail, "health changed"),
    }
}

/// By which one part says how it is doing. Only a change of status is logged and dated; the detail may change freely.
#[derive(Clone)]
pub struct HealthHandle {
    registry: HealthRegistry,
    name: Arc<str>,
}

impl HealthHandle {
    /// It works as it should.
    pub fn ok(&self, detail: impl Into<String>) {
        self.registry.set(&self.name, HealthStatus::Ok, detail.into());
    }

    /// It works, but not all of it.
    pub fn degraded(&self, detail: impl Into<String>) {
        self.registry.set(&self.name, HealthStatus::Degraded, detail.into());
    }

    /// It does not work.
    pub fn down(&self, detail: impl Into<String>) {
        self.registry.set(&self.name, HealthStatus::Down, detail.into());
    }

    /// The part's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use fx_domain::clock::FixedClock;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn the_whole_is_as_its_worst_part() {
        let health = HealthRegistry::new(Arc::new(FixedClock::new(at("2026-11-02T10:00:00Z"))));
        assert_eq!(health.snapshot().status, HealthStatus::Ok);
        let (store, feed) = (health.component("store"), health.component("feed"));
        store.ok("");
        assert_eq!(health.snapshot().status, HealthStatus::Degraded, "the feed is still starting");
        feed.down("no answer");
        assert_eq!(health.snapshot().status, HealthStatus::Down);
        feed.ok("");
        assert_eq!(health.snapshot().status, HealthStatus::Ok);
    }

    #[test]
    fn since_changes_with_the_status_and_not_with_the_detail() {
        let clock = Arc::new(FixedClock::new(at("2026-11-02T10:00:00Z")));
        let health = HealthRegistry::new(clock.clone());
        let feed = health.component("kraken");
        feed.ok("1 rate");
        clock.set(at("2026-11-02T11:00:00Z"));
        feed.ok("2 rates");
        clock.set(at("2026-11-02T12:00:00Z"));
        let json = serde_json::to_value(health.snapshot()).expect("serialises");
        let expected = serde_json::json!({"status": "ok", "components": {
            "kraken": {"status": "ok", "since": "2026-11-02T10:00:00Z", "detail": "2 rates"}}});
        assert_eq!(json, expected);
        feed.degraded("slow");
        assert_eq!(health.snapshot().components["kraken"].since, at("2026-11-02T12:00:00Z"));
    }
}
