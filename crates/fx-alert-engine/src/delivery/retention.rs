//! Deliveries are kept for so long, and then forgotten.

use std::time::Duration;

use fx_service::Shutdown;

use super::Office;

const FORGET_EVERY: Duration = Duration::from_hours(1);

/// Forgets once an hour until stopping begins.
pub(super) async fn keep(office: Office, shutdown: Shutdown) {
    let Some(retention) = office.settings.retention else { return };
    let mut hours = tokio::time::interval(FORGET_EVERY);
    while shutdown.unless_requested(hours.tick()).await.is_some() {
        forget(&office, retention, &shutdown).await;
    }
}

async fn forget(office: &Office, retention: Duration, shutdown: &Shutdown) {
    let before = office.clock.now() - retention;
    while !shutdown.is_requested() {
        match office.deliveries.forget(before).await {
            Ok(0) => return,
            Ok(forgotten) => tracing::info!(forgotten, %before, "removed deliveries that are older than the retention"),
            Err(error) => {
                tracing::warn!(%error, "retention of deliveries will be tried again in an hour");
                return;
            }
        }
    }
}
