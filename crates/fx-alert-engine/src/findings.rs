//! What evaluating has brought to light, counted: once for many rates, since a metric for every single one would cost more
//! than the rate.

use fx_domain::alert::Findings;

use crate::metrics;

pub(crate) fn count(findings: &Findings) {
    metrics::evaluations(findings.evaluations);
    for (reason, count) in findings.skipped_evaluations.iter() {
        metrics::skipped_evaluations(reason.name(), count);
    }
    for (reason, count) in findings.skipped_rates.iter() {
        metrics::skipped_rates(reason.name(), count);
    }
    for source in &findings.feed_changes {
        metrics::feed_changed(source.as_str());
    }
}
