//! How the parts of a service are doing.

mod handle;
mod pulse;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fx_domain::clock::{Clock, Timestamp};
use parking_lot::RwLock;
use serde::Serialize;
use tokio::sync::watch;

use crate::metrics;
pub use handle::HealthHandle;
pub use pulse::Busy;
use pulse::Pulse;

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

/// A part as the registry knows it.
#[derive(Clone)]
struct Part {
    health: ComponentHealth,
    /// Whether it has said anything of itself yet.
    has_spoken: bool,
    pulse: Arc<Pulse>,
}

/// Where every part of a service says how it is doing. Cheap to clone; all clones are one registry.
#[derive(Clone)]
pub struct HealthRegistry {
    clock: Arc<dyn Clock>,
    parts: Arc<RwLock<BTreeMap<String, Part>>>,
    changes: watch::Sender<()>,
}

impl HealthRegistry {
    /// An empty registry, which dates changes by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, parts: Arc::default(), changes: watch::Sender::new(()) }
    }

    /// Registers a part as `degraded: starting`, or finds it where it is registered, and gives it its handle.
    pub fn component(&self, name: &str) -> HealthHandle {
        let mut parts = self.parts.write();
        let part = parts.entry(name.to_owned()).or_insert_with(|| {
            // A part that is never better than this is seen all the same.
            metrics::component_status(name, HealthStatus::Degraded);
            Part {
                health: ComponentHealth {
                    status: HealthStatus::Degraded,
                    since: self.clock.now(),
                    detail: "starting".to_owned(),
                },
                has_spoken: false,
                pulse: Arc::new(Pulse::new()),
            }
        });
        let (name, pulse) = (name.into(), Arc::clone(&part.pulse));
        HealthHandle { registry: self.clone(), name, pulse, worst: HealthStatus::Down }
    }

    /// How everything is doing now.
    pub fn snapshot(&self) -> HealthReport {
        let parts = self.parts.read();
        let components: BTreeMap<_, _> = parts.iter().map(|(name, part)| (name.clone(), part.health.clone())).collect();
        let status = components.values().map(|part| part.status).max().unwrap_or(HealthStatus::Ok);
        HealthReport { status, components }
    }

    /// Whether there are parts, each has passed its first check, and none is down.
    pub fn is_ready(&self) -> bool {
        let parts = self.parts.read();
        !parts.is_empty() && parts.values().all(|part| part.has_spoken && part.health.status != HealthStatus::Down)
    }

    /// The parts that have not said anything of themselves yet.
    pub fn starting(&self) -> Vec<String> {
        let parts = self.parts.read();
        parts.iter().filter(|(_, part)| !part.has_spoken).map(|(name, _)| name.clone()).collect()
    }

    /// The parts that are at work and have given no sign of life for longer than `period`, and for how long.
    pub fn stalled(&self, period: Duration) -> Vec<(String, Duration)> {
        let parts = self.parts.read();
        let silent = |(name, part): (&String, &Part)| part.pulse.silence().map(|silence| (name.clone(), silence));
        parts.iter().filter_map(silent).filter(|(_, silence)| *silence > period).collect()
    }

    /// Wakes when a status or a detail has changed.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn set(&self, name: &str, status: HealthStatus, detail: String) {
        let now = self.clock.now();
        let mut parts = self.parts.write();
        let Some(part) = parts.get_mut(name) else { return };
        part.pulse.beat();
        let (is_other, was_silent) = (part.health.status != status, !std::mem::replace(&mut part.has_spoken, true));
        if is_other {
            log_change(name, status, &detail);
            metrics::component_status(name, status);
            part.health.since = now;
        }
        if is_other || was_silent || part.health.detail != detail {
            part.health = ComponentHealth { status, since: part.health.since, detail };
            drop(parts);
            self.changes.send_replace(());
        }
    }

    fn part(&self, name: &str) -> Option<Part> {
        self.parts.read().get(name).cloned()
    }

    /// Says what a part has said before, or that it is starting again.
    fn restore(&self, name: &str, before: Option<Part>) {
        let Some(before) = before else { return };
        self.set(name, before.health.status, before.health.detail);
        if let Some(part) = self.parts.write().get_mut(name) {
            part.has_spoken = before.has_spoken;
        }
    }
}

fn log_change(component: &str, status: HealthStatus, detail: &str) {
    match status {
        HealthStatus::Ok => tracing::info!(component, %status, detail, "health changed"),
        HealthStatus::Degraded | HealthStatus::Down => tracing::warn!(component, %status, detail, "health changed"),
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

    #[test]
    fn it_is_ready_once_every_part_has_passed_its_first_check() {
        let health = HealthRegistry::new(Arc::new(FixedClock::new(at("2026-11-02T10:00:00Z"))));
        assert!(!health.is_ready(), "nothing there");
        let (store, feed) = (health.component("store"), health.component("feed"));
        store.ok("");
        assert_eq!(health.starting(), ["feed"]);
        assert!(!health.is_ready(), "the feed has not said anything");
        feed.down("no answer");
        assert!(!health.is_ready());
        feed.degraded("slow");
        assert!(health.is_ready());
    }
}
