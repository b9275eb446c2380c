//! `[enrich]`: crosses and volatilities.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Finding;
use crate::time_span::{self, format_span};

/// `[enrich]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrichSettings {
    /// The period of a streaming feed's volatility: the last rate in it counts. Default 1m.
    /// Changing it changes figures published from then on, not those before.
    #[serde(with = "time_span")]
    pub stream_period: Duration,
    /// The enricher's state is written after so many batches. Default 1000.
    pub state_every_batches: u64,
    /// The enricher's state is written after so long, where that is sooner. Default 10s.
    #[serde(with = "time_span")]
    pub state_every: Duration,
}

impl Default for EnrichSettings {
    fn default() -> Self {
        Self { stream_period: Duration::from_mins(1), state_every_batches: 1000, state_every: Duration::from_secs(10) }
    }
}

impl EnrichSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.stream_period < Duration::from_secs(1) {
            let value = format_span(self.stream_period);
            findings.push(Finding::text("enrich.stream_period", &value, "must be at least 1s"));
        }
        if self.state_every_batches == 0 {
            findings.push(Finding::of("enrich.state_every_batches", "0", "must be at least 1"));
        }
        findings
    }
}
