//! Messages that cannot be read: kept as they are, with the reason.

use fx_stream::{Message, Record, StreamError, Topic};

use crate::metrics;

pub(crate) fn of(message: Message, error: &StreamError) -> Record {
    let reason = match error {
        StreamError::Version(_) => "version",
        _ => "unreadable",
    };
    metrics::dead_letter(reason);
    tracing::warn!(message.partition, message.offset, %error, "message goes to the dead letters");
    let header = |name: &str, value: String| (name.to_owned(), value);
    let headers = vec![
        header("fx-reason", reason.to_owned()),
        header("fx-topic", Topic::RatesEnriched.to_string()),
        header("fx-partition", message.partition.to_string()),
        header("fx-offset", message.offset.to_string()),
        header("fx-error", error.to_string()),
    ];
    Record { key: message.record.key, headers, payload: message.record.payload }
}
