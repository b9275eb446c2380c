//! What is counted here.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Registers what each metric means.
pub fn describe() {
    describe_counter!("fx_consumer_batches_total", "Batches that a role has had its effect with");
    describe_counter!("fx_consumer_rates_total", "Rates in them");
    describe_counter!("fx_consumer_dead_letters_total", "Messages that could not be processed, by reason");
    describe_counter!("fx_consumer_retries_total", "Tries again after a dependency failed");
    describe_counter!("fx_enrich_held_rates_total", "Rates held as suspect, by source and reason");
    describe_counter!("fx_enrich_unusual_rates_total", "Rates marked as unusual, by source");
    describe_gauge!("fx_consumer_lag_messages", "Messages that a role has not read yet");
    describe_histogram!("fx_consumer_chunk_seconds", Unit::Seconds, "How long a role takes for what it reads at once");
}

pub(crate) fn chunk(role: &'static str, batches: usize, rates: usize, took: Duration) {
    counter!("fx_consumer_batches_total", "role" => role).increment(batches as u64);
    counter!("fx_consumer_rates_total", "role" => role).increment(rates as u64);
    histogram!("fx_consumer_chunk_seconds", "role" => role).record(took);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is an f64")]
pub(crate) fn lag(role: &'static str, messages: u64) {
    gauge!("fx_consumer_lag_messages", "role" => role).set(messages as f64);
}

pub(crate) fn dead_letter(role: &'static str, reason: &'static str) {
    counter!("fx_consumer_dead_letters_total", "role" => role, "reason" => reason).increment(1);
}

pub(crate) fn retry(role: &'static str) {
    counter!("fx_consumer_retries_total", "role" => role).increment(1);
}

pub(crate) fn held(source: &str, reason: &'static str) {
    counter!("fx_enrich_held_rates_total", "source" => source.to_owned(), "reason" => reason).increment(1);
}

pub(crate) fn unusual(source: &str) {
    counter!("fx_enrich_unusual_rates_total", "source" => source.to_owned()).increment(1);
}
