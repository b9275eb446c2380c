//! `[store]`: where history, alerts and their transitions are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::postgresql::PostgresqlSettings;
use crate::error::Finding;
use crate::time_span;

/// `[store]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// What keeps history and alerts. Default `sqlite`.
    pub backend: StoreBackend,
    /// How long rates stay in the history, by their source time. Default: for ever.
    #[serde(with = "time_span::option")]
    pub retention: Option<Duration>,
    /// `[store.postgresql]`
    pub postgresql: PostgresqlSettings,
}

impl StoreSettings {
    /// Nothing is demanded of a server that is not used.
    pub(crate) fn validate(&self) -> Vec<Finding> {
        if self.backend == StoreBackend::Postgresql { self.postgresql.validate() } else { Vec::new() }
    }

    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        if self.backend == StoreBackend::Postgresql { self.postgresql.read_secrets() } else { Vec::new() }
    }
}

/// What keeps history and alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreBackend {
    /// The one SQLite file in the data directory.
    #[default]
    Sqlite,
    /// Tables of PostgreSQL.
    Postgresql,
}
