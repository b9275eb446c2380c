//! `[cache]`: where the latest rates are kept.

use serde::{Deserialize, Serialize};

use super::redis::RedisSettings;

/// `[cache]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    /// What keeps the latest rates. Default `memory`.
    pub backend: CacheBackend,
    /// `[cache.redis]`
    pub redis: RedisSettings,
}

/// What keeps the latest rates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CacheBackend {
    /// The memory of the process; filled from the log at start.
    #[default]
    Memory,
    /// A Redis server, which the processes share.
    Redis,
}
