//! `[consumer]`: which roles a process of `fx-consumer` has.

use serde::{Deserialize, Serialize};

/// `[consumer]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsumerSettings {
    /// The roles, each a consumer group of its own. Default all of them.
    pub roles: Vec<ConsumerRole>,
}

impl Default for ConsumerSettings {
    fn default() -> Self {
        Self { roles: vec![ConsumerRole::Enrich, ConsumerRole::History, ConsumerRole::Cache] }
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
}
