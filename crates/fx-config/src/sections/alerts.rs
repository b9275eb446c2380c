//! `[alerts]`: the limits of the alert engine.

use serde::{Deserialize, Serialize};

use crate::error::Finding;

/// `[alerts]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertsSettings {
    /// How many alerts may exist; creating one more is refused. Default 10000.
    pub max_rules: usize,
}

impl Default for AlertsSettings {
    fn default() -> Self {
        Self { max_rules: 10_000 }
    }
}

impl AlertsSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        if (1..=1_000_000).contains(&self.max_rules) {
            return Vec::new();
        }
        let value = self.max_rules.to_string();
        vec![Finding::of("alerts.max_rules", &value, "must be between 1 and 1000000")]
    }
}
