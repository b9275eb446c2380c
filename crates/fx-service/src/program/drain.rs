//! The end of a service: what is under way is finished, within bounds.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{sleep, timeout};

use crate::notify;
use crate::shutdown::Shutdown;

/// So long may finishing take; then it is forced.
const DRAIN: Duration = Duration::from_secs(10);
/// So long may a part take to see that it is forced.
const FORCED: Duration = Duration::from_secs(1);

/// Runs `work` until it ends by itself, or has drained after stopping has begun.
///
/// # Errors
/// What `work` ends with, and a drain that was cut short by its bound or a second signal.
pub(super) async fn until_drained(
    mut work: impl Future<Output = Result<()>> + Unpin,
    shutdown: &Shutdown,
) -> Result<()> {
    tokio::select! {
        biased;
        ended = &mut work => return ended,
        () = shutdown.requested() => {}
    }
    notify::status("stopping: finishing what is under way");
    tokio::select! {
        biased;
        ended = &mut work => return ended,
        () = shutdown.forced() => {}
        () = sleep(DRAIN) => {
            tracing::warn!(after = ?DRAIN, "not drained, stopping at once");
            shutdown.force();
        }
    }
    if let Ok(Err(error)) = timeout(FORCED, work).await {
        return Err(error);
    }
    bail!("stopped without draining; the next start goes on from what was committed")
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_that_ends_after_the_request_has_drained() {
        let shutdown = Shutdown::new();
        let work = async {
            shutdown.requested().await;
            sleep(DRAIN / 2).await;
            Ok(())
        };
        shutdown.request();
        until_drained(Box::pin(work), &shutdown).await.expect("drained");
        assert!(!shutdown.is_forced());
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_does_not_end_is_forced() {
        let shutdown = Shutdown::new();
        shutdown.request();
        let error = until_drained(Box::pin(std::future::pending()), &shutdown).await.expect_err("forced");
        assert!(error.to_string().contains("without draining"), "{error}");
        assert!(shutdown.is_forced());
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_fails_is_told() {
        let failed = until_drained(Box::pin(async { Err(anyhow!("no topic")) }), &Shutdown::new()).await;
        assert_eq!(failed.expect_err("failed").to_string(), "no topic");
    }
}
