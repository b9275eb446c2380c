//! Messages that cannot be processed: kept as they are, with the reason.

use metrics::counter;

use crate::{Log, Message, Record, StreamError, Topic};

/// A dead letter for a message that could not be read; counts it by reason.
pub fn of(message: &Message, topic: Topic, error: &StreamError) -> Record {
    let reason = match error {
        StreamError::Version(_) => "version",
        StreamError::Invalid(_) => "invalid",
        _ => "unreadable",
    };
    letter(message, topic, reason, &error.to_string())
}

/// A dead letter for a message that could be read, and yet can have no effect; counts it.
pub fn unmappable(message: &Message, topic: Topic, error: &str) -> Record {
    letter(message, topic, "unmappable", error)
}

fn letter(message: &Message, topic: Topic, reason: &'static str, error: &str) -> Record {
    counter!("fx_stream_dead_letters_total", "topic" => topic.name(), "reason" => reason).increment(1);
    tracing::warn!(%topic, message.partition, message.offset, %error, "message goes to the dead letters");
    let header = |name: &str, value: String| (name.to_owned(), value);
    let headers = vec![
        header("fx-reason", reason.to_owned()),
        header("fx-topic", topic.to_string()),
        header("fx-partition", message.partition.to_string()),
        header("fx-offset", message.offset.to_string()),
        header("fx-error", error.to_owned()),
    ];
    Record { headers, ..message.record.clone() }
}

/// Keeps dead letters.
pub async fn publish(log: &dyn Log, letters: Vec<Record>) -> Result<(), StreamError> {
    if letters.is_empty() {
        return Ok(());
    }
    log.publish(Topic::RatesDlq, letters).await
}
