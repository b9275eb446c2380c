//! Keeping a part of a service running.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::time::Instant;

use crate::health::HealthHandle;
use crate::metrics;
use crate::shutdown::Shutdown;

/// How long to wait before a part that failed is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure; each further one doubles it.
    pub first: Duration,
    /// The longest wait. A part that ran longer than this begins again at `first`.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_mins(1) }
    }
}

impl Backoff {
    fn after(self, failures: u32) -> Duration {
        self.first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(self.longest)
    }
}

/// Runs `role` until it ends well or stopping begins, and starts it again where it ends with an error or panics.
///
/// The role itself says when it is ok; its failures are logged, counted and said to `health` here.
pub async fn supervise<F, W>(health: HealthHandle, shutdown: Shutdown, backoff: Backoff, mut role: F)
where
    F: FnMut() -> W,
    W: Future<Output = Result<()>> + Send + 'static,
{
    let mut failures = 0;
    loop {
        let started = Instant::now();
        let Err(error) = run(role(), &shutdown).await else { return };
        failures = if started.elapsed() > backoff.longest { 1 } else { failures + 1 };
        let wait = backoff.after(failures);
        tracing::error!(role = health.name(), error = format!("{error:#}"), ?wait, "failed, will start again");
        metrics::role_restarted(health.name());
        health.down(format!("{error:#}; starts again in {wait:?}"));
        if shutdown.unless_requested(tokio::time::sleep(wait)).await.is_none() {
            return;
        }
    }
}

/// In a task of its own, so that a panic ends the role and nothing else. Forced stopping ends it anywhere.
async fn run(work: impl Future<Output = Result<()>> + Send + 'static, shutdown: &Shutdown) -> Result<()> {
    let mut task = tokio::spawn(work);
    let Some(ended) = shutdown.unless_forced(&mut task).await else {
        task.abort();
        return Ok(());
    };
    match ended {
        Err(join) if join.is_panic() => Err(anyhow!("panicked: {}", panic_message(&*join.into_panic()))),
        outcome => outcome.context("was cancelled")?,
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use fx_domain::clock::SystemClock;

    use super::*;
    use crate::health::{HealthRegistry, HealthStatus};

    #[tokio::test(start_paused = true)]
    async fn a_role_is_started_again_after_errors_and_panics_until_it_ends_well() {
        let health = HealthRegistry::new(Arc::new(SystemClock));
        let starts = Arc::new(AtomicU32::new(0));
        let counted = starts.clone();
        let role = move || {
            let start = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                match start {
                    0 => Err(anyhow!("no answer")),
                    1 => panic!("a bug"),
                    _ => Ok(()),
                }
            }
        };
        supervise(health.component("feed"), Shutdown::new(), Backoff::default(), role).await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        let feed = &health.snapshot().components["feed"];
        assert_eq!((feed.status, feed.detail.as_str()), (HealthStatus::Down, "panicked: a bug; starts again in 2s"));
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_ends_the_wait_for_the_next_start() {
        let health = HealthRegistry::new(Arc::new(SystemClock));
        let shutdown = Shutdown::new();
        let role = || async { Err(anyhow!("no answer")) };
        let backoff = Backoff { first: Duration::from_hours(1), longest: Duration::from_hours(1) };
        let supervised = tokio::spawn(supervise(health.component("feed"), shutdown.clone(), backoff, role));
        while health.snapshot().status != HealthStatus::Down {
            tokio::task::yield_now().await;
        }
        shutdown.request();
        supervised.await.expect("ends");
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<_> = [1, 2, 3, 7, 40].map(|failures| Backoff::default().after(failures).as_secs()).into();
        assert_eq!(waits, [1, 2, 4, 60, 60]);
    }
}
