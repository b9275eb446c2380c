//! By which one part says how it is doing.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::pulse::{Busy, Pulse};
use super::{HealthRegistry, HealthStatus};

/// How often a part that waits on purpose says that it is alive.
const SIGN_EVERY: Duration = Duration::from_millis(250);

/// So long may a dependency take before it counts as not answering.
const PATIENCE: Duration = Duration::from_secs(2);

/// By which one part says how it is doing. Only a change of status is logged and dated; the detail may change freely.
#[derive(Clone)]
pub struct HealthHandle {
    pub(super) registry: HealthRegistry,
    pub(super) name: Arc<str>,
    pub(super) pulse: Arc<Pulse>,
    /// What it says where it does not work.
    pub(super) worst: HealthStatus,
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
        self.registry.set(&self.name, self.worst, detail.into());
    }

    /// The same for a part that the rest can do without: where it does not work, the whole is degraded and no more.
    #[must_use]
    pub fn dispensable(self) -> Self {
        Self { worst: HealthStatus::Degraded, ..self }
    }

    /// The part's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says that a piece of work begins; it ends when the guard is dropped. Where it takes longer than the watchdog's
    /// period without [`HealthHandle::alive`], the part hangs. Once for a chunk of messages, not for each rate.
    pub fn busy(&self) -> Busy {
        Busy::begin(&self.pulse)
    }

    /// Says that a long piece of work goes on.
    pub fn alive(&self) {
        self.pulse.beat();
    }

    /// The outcome of `work`, which is waited for on purpose, however long it takes: no time of it counts as hanging.
    pub async fn waiting<W: Future>(&self, work: W) -> W::Output {
        let mut work = pin!(work);
        loop {
            self.alive();
            tokio::select! {
                biased;
                outcome = &mut work => {
                    self.alive();
                    return outcome;
                }
                () = sleep(SIGN_EVERY) => {}
            }
        }
    }

    /// The outcome of `work`, for which `what` is asked, and which may hang for as long as that is down. After two seconds
    /// the part says `down` for it; once there is an outcome, it is again as it was before.
    pub async fn patiently<W: Future>(&self, what: &str, work: W) -> W::Output {
        let begun = Instant::now();
        let mut work = pin!(self.waiting(work));
        tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            () = sleep(PATIENCE) => {}
        }
        let before = self.registry.part(&self.name);
        self.down(format!("{what}: no answer for more than {PATIENCE:?}, still waiting"));
        let outcome = work.await;
        tracing::info!(component = &*self.name, what, waited_ms = begun.elapsed().as_millis(), "answered at last");
        self.registry.restore(&self.name, before);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use fx_domain::clock::SystemClock;

    use super::*;

    fn registry() -> HealthRegistry {
        HealthRegistry::new(Arc::new(SystemClock))
    }

    #[tokio::test(start_paused = true)]
    async fn only_work_without_a_sign_of_life_hangs() {
        let health = registry();
        let part = health.component("history");
        let period = Duration::from_secs(10);
        tokio::time::advance(period * 2).await;
        assert!(health.stalled(period).is_empty(), "idle");
        let busy = part.busy();
        tokio::time::advance(period * 2).await;
        assert_eq!(health.stalled(period), [("history".to_owned(), period * 2)]);
        part.alive();
        assert!(health.stalled(period).is_empty(), "it goes on");
        part.waiting(sleep(period * 3)).await;
        assert!(health.stalled(period).is_empty(), "it waits on purpose");
        tokio::time::advance(period * 2).await;
        drop(busy);
        assert!(health.stalled(period).is_empty(), "done");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_long_is_down_until_there_is_an_outcome() {
        let health = registry();
        let part = health.component("producer");
        part.ok("publishing");
        let (answer, wait) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn({
            let part = part.clone();
            async move { part.patiently("kafka", wait).await }
        });
        let mut changes = health.changes();
        changes.changed().await.expect("a change");
        let down = health.snapshot().components["producer"].clone();
        assert_eq!(down.status, HealthStatus::Down);
        assert_eq!(down.detail, "kafka: no answer for more than 2s, still waiting");
        answer.send(7).expect("is waited for");
        assert_eq!(waiting.await.expect("ends"), Ok(7));
        let ok = health.snapshot().components["producer"].clone();
        assert_eq!((ok.status, ok.detail.as_str()), (HealthStatus::Ok, "publishing"));
    }

    #[test]
    fn without_a_dispensable_part_the_rest_is_degraded() {
        let health = registry();
        health.component("index").dispensable().down("no answer");
        let index = health.snapshot().components["index"].clone();
        assert_eq!((index.status, index.detail.as_str()), (HealthStatus::Degraded, "no answer"));
        assert!(health.is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_answer_changes_nothing() {
        let health = registry();
        let part = health.component("producer");
        assert_eq!(part.patiently("kafka", async { 7 }).await, 7);
        assert_eq!(health.snapshot().components["producer"].detail, "starting");
    }
}
