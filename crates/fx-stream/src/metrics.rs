//! What is counted here.

use metrics::{counter, describe_counter, describe_gauge};
use rdkafka::error::RDKafkaErrorCode;

/// Registers what each metric means.
pub fn describe() {
    describe_counter!("fx_stream_dead_letters_total", "Messages that could not be processed, by topic and reason");
    describe_gauge!("fx_stream_lag_messages", "Messages that a group has not read yet, by group and topic");
    describe_counter!("fx_stream_errors_total", "What Kafka's clients complained of, by kind");
    describe_counter!("fx_stream_skipped_messages_total", "Messages that retention removed before a group read them");
    describe_counter!("fx_stream_rebalances_total", "Times that partitions were assigned, revoked or lost, by group");
}

pub(crate) fn kafka_error(code: Option<RDKafkaErrorCode>) {
    let kind = code.map_or_else(|| "Other".to_owned(), |code| format!("{code:?}"));
    counter!("fx_stream_errors_total", "kind" => kind).increment(1);
}

pub(crate) fn skipped(group: &str, messages: u64) {
    counter!("fx_stream_skipped_messages_total", "group" => group.to_owned()).increment(messages);
}

pub(crate) fn rebalanced(group: &str, event: &'static str) {
    counter!("fx_stream_rebalances_total", "group" => group.to_owned(), "event" => event).increment(1);
}
