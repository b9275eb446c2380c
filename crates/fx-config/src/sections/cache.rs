//! `[cache]`: where the latest rates are kept.

use serde::{Deserialize, Serialize};

use super::redis::RedisSettings;
use crate::error::Finding;

/// `[cache]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    /// What keeps the latest rates. Default `memory`.
    pub backend: CacheBackend,
    /// `[cache.redis]`
    pub redis: RedisSettings,
}

impl CacheSettings {
    /// Nothing is demanded of a server that is not used.
    pub(crate) fn validate(&self) -> Vec<Finding> {
        if self.backend == CacheBackend::Redis { self.redis.validate() } else { Vec::new() }
    }

    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        if self.backend == CacheBackend::Redis { self.redis.read_secrets() } else { Vec::new() }
    }
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
