//! What is counted. Every refused or dropped item has its reason.

use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, Source};
use metrics::{counter, gauge};

/// Says what each metric means, once the process has its recorder.
pub(crate) fn describe() {
    metrics::describe_counter!("fx_feed_polls_total", "requests to a provider");
    metrics::describe_counter!("fx_feed_poll_failures_total", "requests without a usable answer, by reason");
    metrics::describe_counter!("fx_feed_refusals_total", "rates and answers refused at the door, by reason");
    metrics::describe_counter!("fx_feed_untracked_quotes_total", "good quotes of currencies that nobody tracks");
    metrics::describe_counter!("fx_feed_connections_total", "connections made to a streaming provider");
    metrics::describe_counter!("fx_feed_published_batches_total", "batches that the log has taken");
    metrics::describe_counter!(
        "fx_feed_publish_failures_total",
        "times that the log did not take batches, to be retried"
    );
    metrics::describe_counter!("fx_feed_dropped_batches_total", "batches that found no room in the spool, by reason");
    metrics::describe_gauge!("fx_feed_spooled_batches", "batches that wait for the log, in memory and on disk");
    metrics::describe_gauge!("fx_feed_spooled_bytes", "the room that they take of feeds.spool_max_bytes");
    metrics::describe_gauge!(
        "fx_feed_newest_rate_timestamp_seconds",
        "the provider's time of the newest rates, as Unix time, by source and kind"
    );
    metrics::describe_gauge!("fx_spool_disk_batches", "batches on disk that wait for the log, which survive a kill");
}

pub(crate) fn polled(source: &Source) {
    counter!("fx_feed_polls_total", "source" => source.to_string()).increment(1);
}

pub(crate) fn poll_failed(source: &Source, reason: &'static str) {
    counter!("fx_feed_poll_failures_total", "source" => source.to_string(), "reason" => reason).increment(1);
}

pub(crate) fn refused(source: &Source, reason: &'static str) {
    counter!("fx_feed_refusals_total", "source" => source.to_string(), "reason" => reason).increment(1);
}

pub(crate) fn untracked(source: &Source, quotes: usize) {
    counter!("fx_feed_untracked_quotes_total", "source" => source.to_string()).increment(quotes as u64);
}

pub(crate) fn connected(source: &Source) {
    counter!("fx_feed_connections_total", "source" => source.to_string()).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^52")]
pub(crate) fn newest(source: &Source, kind: FeedKind, at: Timestamp) {
    let kind = match kind {
        FeedKind::Table => "table",
        FeedKind::Stream => "stream",
    };
    gauge!("fx_feed_newest_rate_timestamp_seconds", "source" => source.to_string(), "kind" => kind)
        .set(at.timestamp() as f64);
}

pub(crate) fn published(source: &Source, batches: usize) {
    counter!("fx_feed_published_batches_total", "source" => source.to_string()).increment(batches as u64);
}

pub(crate) fn publish_failed() {
    counter!("fx_feed_publish_failures_total").increment(1);
}

pub(crate) fn dropped(source: &Source, reason: &'static str, batches: usize) {
    counter!("fx_feed_dropped_batches_total", "source" => source.to_string(), "reason" => reason)
        .increment(batches as u64);
}

#[expect(clippy::cast_precision_loss, reason = "the spool is bounded far below 2^52")]
pub(crate) fn spooled(source: &Source, batches: u64, bytes: u64) {
    gauge!("fx_feed_spooled_batches", "source" => source.to_string()).set(batches as f64);
    gauge!("fx_feed_spooled_bytes", "source" => source.to_string()).set(bytes as f64);
}

#[expect(clippy::cast_precision_loss, reason = "the spool is bounded far below 2^52")]
pub(crate) fn on_disk(batches: u64) {
    gauge!("fx_spool_disk_batches").set(batches as f64);
}
