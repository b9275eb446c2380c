//! What is counted here.

use metrics::{describe_counter, describe_gauge};

/// Registers what each metric means.
pub fn describe() {
    describe_counter!("fx_stream_dead_letters_total", "Messages that could not be read, by topic and reason");
    describe_gauge!("fx_stream_lag_messages", "Messages that a group has not read yet, by group and topic");
}
