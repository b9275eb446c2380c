//! A dependency that is down is no poison: the same work is tried again until it is done.

use std::fmt::Display;
use std::time::Duration;

use fx_service::{HealthHandle, Shutdown};

use crate::metrics;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The waits between the tries of one piece of work.
pub(crate) struct Retry<'a> {
    role: &'static str,
    health: &'a HealthHandle,
    shutdown: &'a Shutdown,
    wait: Duration,
}

impl<'a> Retry<'a> {
    pub(crate) fn new(role: &'static str, health: &'a HealthHandle, shutdown: &'a Shutdown) -> Self {
        Self { role, health, shutdown, wait: FIRST_WAIT }
    }

    /// Says what went wrong and waits, longer each time; answers whether to try again, which is until stopping begins.
    pub(crate) async fn after(&mut self, error: &(impl Display + Sync)) -> bool {
        self.health.down(error.to_string());
        metrics::retry(self.role);
        tracing::warn!(role = self.role, %error, wait_ms = self.wait.as_millis(), "failed, trying again");
        let again = self.shutdown.unless_requested(tokio::time::sleep(self.wait)).await.is_some();
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        again
    }
}
