//! Messages that cannot be processed: kept as they are, with the reason.

use fx_stream::{Log, Message, Record, StreamError, Topic};

use crate::metrics;

/// A dead letter for a message that could not be read.
pub(crate) fn letter(role: &'static str, topic: Topic, message: &Message, error: &StreamError) -> Record {
    let reason = match error {
        StreamError::Version(_) => "version",
        _ => "unreadable",
    };
    metrics::dead_letter(role, reason);
    tracing::warn!(role, %topic, message.partition, message.offset, %error, "message goes to the dead letters");
    let header = |name: &str, value: String| (name.to_owned(), value);
    let headers = vec![
        header("fx-reason", reason.to_owned()),
        header("fx-topic", topic.to_string()),
        header("fx-partition", message.partition.to_string()),
        header("fx-offset", message.offset.to_string()),
        header("fx-error", error.to_string()),
    ];
    Record { key: message.record.key.clone(), headers, payload: message.record.payload.clone() }
}

/// Keeps dead letters.
pub(crate) async fn publish(log: &dyn Log, letters: Vec<Record>) -> Result<(), StreamError> {
    if letters.is_empty() {
        return Ok(());
    }
    log.publish(Topic::RatesDlq, letters).await
}
