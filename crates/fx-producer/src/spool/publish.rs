//! Appending with patience.

use fx_stream::{Log, Record, StreamError, Topic};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use crate::backoff::{Backoff, jitter};
use crate::metrics;

pub(super) const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(15) };
/// How often a log that does not answer is tried once the program is stopping.
const LAST_TRIES: u32 = 3;

/// Appends, and tries for as long as it takes; once `shutdown` is asked for, a few times more. `told` hears of each
/// failure.
pub(crate) async fn publish(
    log: &dyn Log,
    records: Vec<Record>,
    shutdown: &CancellationToken,
    told: impl Fn(&StreamError),
) -> Result<(), StreamError> {
    let (mut failures, mut last_tries) = (0, 0);
    loop {
        let Err(error) = log.publish(Topic::Rates, records.clone()).await else { return Ok(()) };
        metrics::publish_failed();
        failures += 1;
        last_tries += u32::from(shutdown.is_cancelled());
        if last_tries >= LAST_TRIES {
            return Err(error);
        }
        tracing::warn!(%error, failures, batches = records.len(), "the log did not take batches, trying again");
        told(&error);
        let wait = BACKOFF.after(failures, jitter());
        if shutdown.is_cancelled() {
            tokio::time::sleep(BACKOFF.first).await;
        } else {
            shutdown.run_until_cancelled(tokio::time::sleep(wait)).await;
        }
    }
}
