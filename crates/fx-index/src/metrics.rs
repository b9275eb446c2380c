//! What is counted here.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

/// Registers what each metric means.
pub fn describe() {
    describe_counter!(
        "fx_index_documents_total",
        "Documents by what came of them: written, replaced, kept (what stands there is as new), refused"
    );
    describe_counter!("fx_index_rejections_total", "Documents that the server will take only later, by its reason");
    describe_counter!("fx_index_indices_total", "Indices by what was done with them: made, dropped");
    describe_counter!(
        "fx_index_provisions_total",
        "Templates, mappings and aliases that were made or brought up to date"
    );
    describe_histogram!("fx_index_bulk_seconds", Unit::Seconds, "How long the server takes for one bulk");
}

pub(crate) fn documents(outcome: &'static str, count: usize) {
    if count > 0 {
        counter!("fx_index_documents_total", "outcome" => outcome).increment(count as u64);
    }
}

pub(crate) fn rejected(reason: &str) {
    counter!("fx_index_rejections_total", "reason" => reason.to_owned()).increment(1);
}

pub(crate) fn index_made() {
    counter!("fx_index_indices_total", "event" => "made").increment(1);
}

pub(crate) fn index_dropped() {
    counter!("fx_index_indices_total", "event" => "dropped").increment(1);
}

pub(crate) fn provisioned() {
    counter!("fx_index_provisions_total").increment(1);
}

pub(crate) fn bulk(took: Duration) {
    histogram!("fx_index_bulk_seconds").record(took);
}
