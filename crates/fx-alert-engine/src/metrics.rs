//! What is counted here.

use std::time::Duration;

use fx_domain::alert::State;
use metrics::{counter, describe_counter, describe_gauge, gauge};

/// Registers what each metric means.
pub fn describe() {
    describe_counter!("fx_alert_transitions_total", "Changes of state that were written, by the state after");
    describe_counter!("fx_alert_evaluations_total", "Rates that were shown to a rule and counted");
    describe_counter!("fx_alert_skipped_evaluations_total", "Rates that did not count for a rule, by reason");
    describe_counter!("fx_alert_skipped_rates_total", "Rates that were shown to no rule, by reason");
    describe_counter!(
        "fx_alert_feed_changes_total",
        "Changes of the preferred feed of a watched pair, by the feed after"
    );
    describe_counter!("fx_alert_commit_failures_total", "Effects that could not be written at first");
    describe_counter!("fx_alert_fenced_total", "Effects that were void because another engine had moved on");
    describe_gauge!("fx_alert_engine_partitions", "Partitions that this instance evaluates; none where it stands by");
    describe_counter!("fx_alert_published_total", "Transitions that were published");
    describe_counter!("fx_delivery_published_total", "Finished deliveries that were published");
    describe_counter!(
        "fx_delivery_attempts_total",
        "Attempts to deliver, by the kind of the channel and what came of it"
    );
    describe_counter!("fx_deliveries_total", "Deliveries that were finished by an attempt, by their status");
    describe_gauge!(
        "fx_delivery_overdue_seconds",
        "For how long the delivery that is due and waits longest has waited"
    );
    describe_gauge!("fx_deliveries_under_way", "Attempts that this instance is making");
}

pub(crate) fn transition(to: State) {
    counter!("fx_alert_transitions_total", "to" => to.name()).increment(1);
}

pub(crate) fn evaluations(count: u64) {
    counter!("fx_alert_evaluations_total").increment(count);
}

pub(crate) fn skipped_evaluations(reason: &'static str, count: u64) {
    counter!("fx_alert_skipped_evaluations_total", "reason" => reason).increment(count);
}

pub(crate) fn skipped_rates(reason: &'static str, count: u64) {
    counter!("fx_alert_skipped_rates_total", "reason" => reason).increment(count);
}

pub(crate) fn feed_changed(to: &str) {
    counter!("fx_alert_feed_changes_total", "source" => to.to_owned()).increment(1);
}

pub(crate) fn commit_failed() {
    counter!("fx_alert_commit_failures_total").increment(1);
}

pub(crate) fn fenced() {
    counter!("fx_alert_fenced_total").increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is an f64")]
pub(crate) fn partitions(count: usize) {
    gauge!("fx_alert_engine_partitions").set(count as f64);
}

pub(crate) fn published(count: usize) {
    counter!("fx_alert_published_total").increment(count as u64);
}

pub(crate) fn published_deliveries(count: usize) {
    counter!("fx_delivery_published_total").increment(count as u64);
}

pub(crate) fn delivery_attempt(kind: &'static str, outcome: &'static str) {
    counter!("fx_delivery_attempts_total", "kind" => kind, "outcome" => outcome).increment(1);
}

pub(crate) fn delivery(status: &'static str) {
    counter!("fx_deliveries_total", "status" => status).increment(1);
}

pub(crate) fn delivery_overdue(wait: Duration) {
    gauge!("fx_delivery_overdue_seconds").set(wait.as_secs_f64());
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is an f64")]
pub(crate) fn deliveries_under_way(count: usize) {
    gauge!("fx_deliveries_under_way").set(count as f64);
}
