//! `[consumer]`: which roles a process of `fx-consumer` has.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::index::IndexSettings;
use crate::error::Finding;

/// `[consumer]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsumerSettings {
    /// The roles, each a consumer group of its own. Default all of them, `index` only where `[index]` has a backend.
    pub roles: Vec<ConsumerRole>,
}

const KEY: &str = "consumer.roles";

impl Default for ConsumerSettings {
    fn default() -> Self {
        Self { roles: vec![ConsumerRole::Enrich, ConsumerRole::History, ConsumerRole::Cache] }
    }
}

impl ConsumerSettings {
    pub(crate) fn validate(&self, index: &IndexSettings) -> Vec<Finding> {
        if self.roles.is_empty() {
            let problem = "must name at least one role; a process without one would do nothing";
            return vec![Finding::of(KEY, "[]", problem)];
        }
        let twice = self.roles.iter().enumerate().filter(|(i, role)| self.roles[..*i].contains(role));
        let mut findings: Vec<_> =
            twice.map(|(_, role)| Finding::text(KEY, role.name(), "stands twice; name each role once")).collect();
        if self.roles.contains(&ConsumerRole::Index) && !index.is_used() {
            let problem = "needs an index: set [index] backend = \"elasticsearch\", or leave the role out";
            findings.push(Finding::text(KEY, ConsumerRole::Index.name(), problem));
        }
        findings
    }
}

/// What a consumer does with what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsumerRole {
    /// `fx-rates` into `fx-rates-enriched`.
    Enrich,
    /// Enriched rates into the store.
    History,
    /// Enriched rates into the cache.
    Cache,
    /// Enriched rates and alert events into the index.
    Index,
}

impl FromStr for ConsumerRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "enrich" => Ok(Self::Enrich),
            "history" => Ok(Self::History),
            "cache" => Ok(Self::Cache),
            "index" => Ok(Self::Index),
            _ => Err(format!("{text:?} is no role; roles are enrich, history, cache and index")),
        }
    }
}

impl ConsumerRole {
    /// The name in the file, which is its consumer group's too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enrich => "enrich",
            Self::History => "history",
            Self::Cache => "cache",
            Self::Index => "index",
        }
    }
}
