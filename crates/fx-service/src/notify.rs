//! What systemd is told (`sd_notify(3)`). Without `NOTIFY_SOCKET` nobody is told anything.

use sd_notify::NotifyState;

use crate::shutdown::Shutdown;

/// The service is up; `status` is what `systemctl status` shows.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What `systemctl status` shows from now on; one line.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// The service is on its way down.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Feeds systemd's watchdog at half its period until the process ends, also while it drains. Returns at once where the
/// unit has none.
///
/// It runs on the service's own runtime, so that a runtime that hangs is found.
pub async fn watchdog(shutdown: Shutdown) {
    let Some(period) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(period / 2);
    while shutdown.unless_forced(ticks.tick()).await.is_some() {
        tell(&[NotifyState::Watchdog]);
    }
}

/// A service that cannot reach its manager works all the same.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
