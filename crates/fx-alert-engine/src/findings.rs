//! What evaluating has brought to light.

use std::collections::BTreeMap;

use fx_domain::alert::{Skipped, Transition};

use crate::metrics;

/// Counted here first: a metric for every single rate would cost more than the rate.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    transitions: Vec<Transition>,
    evaluations: u64,
    skipped_evaluations: BTreeMap<&'static str, u64>,
    skipped_rates: BTreeMap<&'static str, u64>,
}

impl Findings {
    /// A rate was shown to a rule.
    pub(crate) fn note(&mut self, skipped: Option<Skipped>, transitions: Vec<Transition>) {
        match skipped {
            Some(reason) => *self.skipped_evaluations.entry(reason.name()).or_default() += 1,
            None => self.evaluations += 1,
        }
        self.transitions.extend(transitions);
    }

    /// A rate was shown to no rule.
    pub(crate) fn skip_rate(&mut self, reason: Skipped) {
        *self.skipped_rates.entry(reason.name()).or_default() += 1;
    }

    /// Counts everything, and gives what happened.
    pub(crate) fn take(&mut self) -> Vec<Transition> {
        let Self { transitions, evaluations, skipped_evaluations, skipped_rates } = std::mem::take(self);
        metrics::evaluations(evaluations);
        for (reason, count) in skipped_evaluations {
            metrics::skipped_evaluations(reason, count);
        }
        for (reason, count) in skipped_rates {
            metrics::skipped_rates(reason, count);
        }
        transitions
    }
}
