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
        if let Some(health) = self.health {
            health.down(format!("{}: {error}", self.what));
        }
        metrics::retried(self.what);
        tracing::warn!(what = self.what, %error, wait_ms = self.wait.as_millis(), "failed, trying again");
        let again = self.shutdown.unless_requested(tokio::time::sleep(self.wait)).await.is_some();
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        again
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
