//! A dependency that is down is no poison: the same work is tried again until it is done.

use std::fmt::Display;
use std::time::Duration;

use crate::health::HealthHandle;
use crate::metrics;
use crate::shutdown::Shutdown;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The waits between the tries of one piece of work.
pub struct Retry<'a> {
    what: &'static str,
    health: Option<&'a HealthHandle>,
    shutdown: &'a Shutdown,
    wait: Duration,
}

impl<'a> Retry<'a> {
    /// `what` is tried is said in logs and metrics; that it fails, also to `health`.
    pub fn new(what: &'static str, health: Option<&'a HealthHandle>, shutdown: &'a Shutdown) -> Self {
        Self { what, health, shutdown, wait: FIRST_WAIT }
    }

    /// Says what went wrong and waits, longer each time; answers whether to try again, which is until stopping begins.
    pub async fn after(&mut self, error: &(impl Display + Sync)) -> bool {
        let wait = spread(self.wait, rand::random());
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        metrics::retried(self.what);
        tracing::warn!(what = self.what, %error, wait_ms = wait.as_millis(), "failed, trying again");
        let waited = self.shutdown.unless_requested(tokio::time::sleep(wait));
        let Some(health) = self.health else { return waited.await.is_some() };
        health.down(format!("{}: {error}", self.what));
        health.waiting(waited).await.is_some()
    }

    /// The outcome of `work`, tried again for as long as it fails; `None` once stopping begins.
    pub async fn until_done<T, E: Display + Sync, W: Future<Output = Result<T, E>>>(
        mut self,
        mut work: impl FnMut() -> W,
    ) -> Option<T> {
        loop {
            match work().await {
                Ok(done) => return Some(done),
                Err(error) if self.after(&error).await => {}
                Err(_) => return None,
            }
        }
    }
}

/// Up to a quarter longer, so that those who failed together do not come back together. `jitter` is from 0 to 1.
fn spread(wait: Duration, jitter: f64) -> Duration {
    wait.mul_f64(1.0 + 0.25 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_tried_until_it_is_done_or_stopping_begins() {
        let shutdown = Shutdown::new();
        let mut tries = 0;
        let work = || {
            tries += 1;
            std::future::ready(if tries < 9 { Err("no answer") } else { Ok(tries) })
        };
        assert_eq!(Retry::new("a test", None, &shutdown).until_done(work).await, Some(9));
        shutdown.request();
        let never = Retry::new("a test", None, &shutdown).until_done(|| async { Err::<(), _>("no answer") });
        assert_eq!(never.await, None);
    }

    #[test]
    fn waits_are_spread_by_up_to_a_quarter() {
        let waits = [0.0, 0.5, 1.0].map(|jitter| spread(Duration::from_secs(8), jitter).as_secs());
        assert_eq!(waits, [8, 9, 10]);
    }
}
