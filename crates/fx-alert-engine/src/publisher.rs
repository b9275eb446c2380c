//! From the outbox to `fx-alert-events` and `fx-deliveries`.

use std::sync::Arc;
use std::time::Duration;

use fx_service::{Retry, Shutdown};
use fx_store::alerts::{EngineStore, Outgoing, Unpublished};
use fx_stream::message::{alert_event_record, delivery_record};
use fx_stream::{Log, StreamError, Topic};
use tokio::sync::Notify;

use crate::metrics;

const AT_ONCE: u32 = 256;
/// A net for rows that somebody else has written.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Publishes transitions and finished deliveries in the order of their writing until stopping begins: at least once, with stable ids.
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
    let (mut events, mut deliveries) = (Vec::new(), Vec::new());
    for row in rows {
        match &row.what {
            Outgoing::Transition(transition) => events.push(alert_event_record(transition)?),
            Outgoing::Delivery(delivery) => deliveries.push(delivery_record(delivery)?),
        }
    }
    let counts = (events.len(), deliveries.len());
    for (topic, records) in [(Topic::AlertEvents, events), (Topic::Deliveries, deliveries)] {
        if !records.is_empty() {
            log.publish(topic, records).await?;
        }
    }
    metrics::published(counts.0);
    metrics::published_deliveries(counts.1);
    Ok(())
}
