//! From the outbox to `fx-alert-events`.

use std::sync::Arc;
use std::time::Duration;

use fx_service::{Retry, Shutdown};
use fx_store::alerts::{EngineStore, Unpublished};
use fx_stream::message::alert_event_record;
use fx_stream::{Log, Record, StreamError, Topic};
use tokio::sync::Notify;

use crate::metrics;

const AT_ONCE: u32 = 256;
/// A net for rows that somebody else has written.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Publishes transitions in the order of their writing until stopping begins: at least once, with stable ids.
pub(crate) async fn run(log: Arc<dyn Log>, store: Arc<dyn EngineStore>, news: Arc<Notify>, shutdown: Shutdown) {
    let outbox = || Retry::new("outbox", None, &shutdown);
    while let Some(rows) = outbox().until_done(|| store.unpublished(AT_ONCE)).await {
        let done = match rows.last() {
            None => shutdown.unless_requested(tokio::time::timeout(LOOK_AGAIN, news.notified())).await.map(|_| ()),
            Some(last) => match outbox().until_done(|| publish(log.as_ref(), &rows)).await {
                Some(()) => outbox().until_done(|| store.published(last.position)).await,
                None => None,
            },
        };
        if done.is_none() || shutdown.is_requested() {
            return;
        }
    }
}

async fn publish(log: &dyn Log, rows: &[Unpublished]) -> Result<(), StreamError> {
    let records = rows.iter().map(|row| alert_event_record(&row.transition)).collect::<Result<Vec<Record>, _>>()?;
    log.publish(Topic::AlertEvents, records).await?;
    metrics::published(rows.len());
    Ok(())
}
