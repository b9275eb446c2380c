//! Servers that a service depends on, looked after also while nobody needs them.

use std::fmt::Display;
use std::time::Duration;

use crate::{HealthHandle, Shutdown};

const EVERY: Duration = Duration::from_secs(5);

/// So long may one check take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says to `health` whether `check` passes, at once and every five seconds until stopping begins. `without` says what
/// still works without it; where that is nothing, it is down.
pub async fn keep_checking<E: Display, W: Future<Output = Result<(), E>>>(
    health: HealthHandle,
    without: Option<&str>,
    shutdown: Shutdown,
    mut check: impl FnMut() -> W,
) {
    let mut times = tokio::time::interval(EVERY);
    while shutdown.unless_requested(times.tick()).await.is_some() {
        let trouble = match tokio::time::timeout(PATIENCE, check()).await {
            Ok(Ok(())) => {
                health.ok("answers");
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {PATIENCE:?}"),
        };
        match without {
            Some(without) => health.degraded(format!("{trouble}; {without}")),
            None => health.down(trouble),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fx_domain::clock::SystemClock;

    use super::*;
    use crate::{HealthRegistry, HealthStatus};

    #[tokio::test(start_paused = true)]
    async fn what_fails_is_said_and_what_answers_again_too() {
        let health = HealthRegistry::new(Arc::new(SystemClock));
        let shutdown = Shutdown::new();
        let mut answers = vec![Ok(()), Err("refused"), Ok(())];
        let (handle, registry, stop) = (health.component("log"), health.clone(), shutdown.clone());
        let mut seen = Vec::new();
        keep_checking(handle, None, shutdown, || {
            seen.push(registry.snapshot().status);
            let answer = answers.pop().unwrap_or(Ok(()));
            if answers.is_empty() && seen.len() > 3 {
                stop.request();
            }
            async move { answer }
        })
        .await;
        assert_eq!(seen, [HealthStatus::Degraded, HealthStatus::Ok, HealthStatus::Down, HealthStatus::Ok]);
    }
}
