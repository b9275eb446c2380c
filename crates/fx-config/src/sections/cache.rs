//! `[cache]`: where the latest rates are kept.

use serde::{Deserialize, Serialize};

/// `[cache]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    /// What keeps the latest rates. Default `memory`.
    pub backend: CacheBackend,
}

/// What keeps the latest rates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CacheBackend {
    /// The memory of the process; filled from the log at start.
    #[default]
    Memory,
}
