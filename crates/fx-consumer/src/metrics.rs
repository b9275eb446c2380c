//! What is counted here.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

/// Registers what each metric means.
pub fn describe() {
    describe_counter!("fx_consumer_batches_total", "Batches that a role has had its effect with");
    describe_counter!("fx_consumer_rates_total", "Rates in them");
    describe_counter!("fx_enrich_held_rates_total", "Rates held as suspect, by source and reason");
    describe_counter!("fx_enrich_unusual_rates_total", "Rates marked as unusual, by source");
    describe_histogram!("fx_consumer_chunk_seconds", Unit::Seconds, "How long a role takes for what it reads at once");
}

pub(crate) fn chunk(role: &'static str, batches: usize, rates: usize, took: Duration) {
    counter!("fx_consumer_batches_total", "role" => role).increment(batches as u64);
    counter!("fx_consumer_rates_total", "role" => role).increment(rates as u64);
    histogram!("fx_consumer_chunk_seconds", "role" => role).record(took);
}

pub(crate) fn held(source: &str, reason: &'static str) {
    counter!("fx_enrich_held_rates_total", "source" => source.to_owned(), "reason" => reason).increment(1);
}

pub(crate) fn unusual(source: &str) {
    counter!("fx_enrich_unusual_rates_total", "source" => source.to_owned()).increment(1);
}
