//! `[delivery]`: how word of alerts is sent.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::http::HttpTlsSettings;
use super::smtp::SmtpSettings;
use crate::error::Finding;
use crate::networks::AllowedNetworks;
use crate::time_span::{self, format_span};

/// `[delivery]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliverySettings {
    /// Whether this process delivers. Where none does, deliveries wait. Default true.
    pub enabled: bool,
    /// The networks that are not public and yet may be sent to. Default none.
    pub allow_private_targets: AllowedNetworks,
    /// How long one attempt may take, answer included. Default 15s.
    #[serde(with = "time_span")]
    pub timeout: Duration,
    /// How many attempts are under way at once, at most. Default 64.
    pub concurrency: usize,
    /// How many of them to one target, so that a slow one holds up no other. Default 4.
    pub concurrency_per_target: usize,
    /// How long deliveries are kept once they are finished. Default: for ever.
    #[serde(with = "time_span::option")]
    pub retention: Option<Duration>,
    /// `[delivery.tls]`
    pub tls: HttpTlsSettings,
    /// `[delivery.smtp]`
    pub smtp: SmtpSettings,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            allow_private_targets: AllowedNetworks::default(),
            timeout: Duration::from_secs(15),
            concurrency: 64,
            concurrency_per_target: 4,
            retention: None,
            tls: HttpTlsSettings::default(),
            smtp: SmtpSettings::default(),
        }
    }
}

impl DeliverySettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings = self.smtp.validate();
        if !(Duration::from_secs(1)..=Duration::from_mins(5)).contains(&self.timeout) {
            let value = format_span(self.timeout);
            findings.push(Finding::text("delivery.timeout", &value, "must be between 1s and 5m"));
        }
        if !(1..=1000).contains(&self.concurrency) {
            let value = self.concurrency.to_string();
            findings.push(Finding::of("delivery.concurrency", &value, "must be between 1 and 1000"));
        }
        if !(1..=self.concurrency.max(1)).contains(&self.concurrency_per_target) {
            let value = self.concurrency_per_target.to_string();
            let problem = format!("must be between 1 and concurrency, {}", self.concurrency);
            findings.push(Finding::of("delivery.concurrency_per_target", &value, problem));
        }
        findings
    }

    /// Reads what the keys name.
    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        let mut findings = self.smtp.read_secrets();
        findings.extend(self.tls.read_files("delivery"));
        findings
    }

    pub(crate) fn described(&self) -> String {
        let by_itself = if self.enabled { "webhooks and files" } else { "by another process: webhooks and files" };
        format!("{by_itself}, {}", self.smtp.described())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_has_no_more_than_all_together() {
        let keys = |concurrency, concurrency_per_target, timeout| -> Vec<String> {
            let settings = DeliverySettings { timeout, concurrency, concurrency_per_target, ..Default::default() };
            settings.validate().into_iter().map(|finding| finding.key).collect()
        };
        let second = Duration::from_secs(1);
        assert!(keys(1, 1, second).is_empty());
        assert_eq!(keys(4, 5, second), ["delivery.concurrency_per_target"]);
        assert_eq!(keys(0, 1, Duration::from_millis(1)), ["delivery.timeout", "delivery.concurrency"]);
    }
}
