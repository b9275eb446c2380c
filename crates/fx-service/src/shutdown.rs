//! Stopping: softly at the first signal, hard at the second.

use std::future::Future;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::notify;

/// The wish to stop, shared by all parts of a process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    soft: CancellationToken,
    hard: CancellationToken,
}

impl Shutdown {
    /// One that only [`Shutdown::request`] sets off.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that SIGTERM and SIGINT set off; a second of either makes it hard.
    ///
    /// # Errors
    /// Where the process may not listen to signals.
    pub fn on_signals() -> io::Result<Self> {
        let shutdown = Self::new();
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(shutdown.clone().listen(terminate, interrupt));
        Ok(shutdown)
    }

    async fn listen(self, mut terminate: Signal, mut interrupt: Signal) {
        while !self.is_forced() {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            if self.is_requested() {
                tracing::warn!(signal = name, "second signal, stopping at once");
                self.force();
            } else {
                tracing::info!(signal = name, "stopping");
                notify::stopping();
                self.request();
            }
        }
    }

    /// Asks every part to finish what it is doing and end.
    pub fn request(&self) {
        self.soft.cancel();
    }

    /// Asks every part to drop what it is doing.
    pub fn force(&self) {
        self.soft.cancel();
        self.hard.cancel();
    }

    /// Whether stopping has begun.
    pub fn is_requested(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Whether nothing is waited for any more.
    pub fn is_forced(&self) -> bool {
        self.hard.is_cancelled()
    }

    /// Waits until stopping begins.
    pub fn requested(&self) -> WaitForCancellationFuture<'_> {
        self.soft.cancelled()
    }

    /// Waits until nothing is waited for any more.
    pub fn forced(&self) -> WaitForCancellationFuture<'_> {
        self.hard.cancelled()
    }

    /// The token of soft stopping, for libraries that take one.
    pub fn token(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// The outcome of `work`, or `None` as soon as stopping begins; `work` is then dropped.
    pub async fn unless_requested<W: Future>(&self, work: W) -> Option<W::Output> {
        self.soft.run_until_cancelled(work).await
    }

    /// The outcome of `work`, or `None` as soon as stopping is forced: for draining.
    pub async fn unless_forced<W: Future>(&self, work: W) -> Option<W::Output> {
        self.hard.run_until_cancelled(work).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_ends_with_the_request_and_draining_with_force() {
        let shutdown = Shutdown::new();
        assert_eq!(shutdown.unless_requested(async { 1 }).await, Some(1));
        shutdown.request();
        assert_eq!(shutdown.unless_requested(std::future::pending::<()>()).await, None);
        assert_eq!(shutdown.unless_forced(async { 2 }).await, Some(2));
        shutdown.force();
        assert_eq!(shutdown.unless_forced(std::future::pending::<()>()).await, None);
        assert!(shutdown.is_requested() && shutdown.is_forced());
    }
}
