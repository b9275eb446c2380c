//! A dependency that is down is no poison: the same work is tried again until it is done.

use std::fmt::Display;
use std::time::Duration;

use fx_service::Shutdown;

use crate::metrics;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The outcome of `work`, tried again with growing waits for as long as it fails; `None` once stopping begins.
pub(crate) async fn until_done<T, E: Display, W: Future<Output = Result<T, E>>>(
    what: &'static str,
    shutdown: &Shutdown,
    mut work: impl FnMut() -> W,
) -> Option<T> {
    let mut wait = FIRST_WAIT;
    loop {
        match work().await {
            Ok(done) => return Some(done),
            Err(error) => {
                metrics::retry(what);
                tracing::warn!(what, %error, wait_ms = wait.as_millis(), "failed, trying again");
            }
        }
        shutdown.unless_requested(tokio::time::sleep(wait)).await?;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
