//! `[store.postgresql]`: history and alerts on PostgreSQL.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tls::TlsSettings;
use crate::secret::Secret;
use crate::time_span;

/// `[store.postgresql]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostgresqlSettings {
    /// The host, or the directory of the server's Unix socket. Default `/run/postgresql`.
    pub host: String,
    /// The port. Default 5432.
    pub port: u16,
    /// The database. Default `fx-monitor`.
    pub database: String,
    /// The user. Default `fx-monitor`.
    pub user: String,
    /// The file whose first line is the user's password. Default none: the server knows the user otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// What `password_file` holds.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// The schema in which all tables stand; made where it is missing and the user may. Default `fx_monitor`.
    pub schema: String,
    /// How many connections one service holds at most. Default 8.
    pub connections: u32,
    /// How long one statement may take. Default 30s.
    #[serde(with = "time_span")]
    pub statement_timeout: Duration,
    /// How long a statement may wait for a lock. Default 10s.
    #[serde(with = "time_span")]
    pub lock_timeout: Duration,
    /// Whether a service brings the tables up to date when it starts; else only `fx-monitor provision` does, and a service
    /// that finds older tables says so and does not start. Default true.
    pub migrate: bool,
    /// `[store.postgresql.tls]`
    pub tls: TlsSettings,
}

impl Default for PostgresqlSettings {
    fn default() -> Self {
        Self {
            host: "/run/postgresql".to_owned(),
            port: 5432,
            database: "fx-monitor".to_owned(),
            user: "fx-monitor".to_owned(),
            password_file: None,
            password: None,
            schema: "fx_monitor".to_owned(),
            connections: 8,
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(10),
            migrate: true,
            tls: TlsSettings::default(),
        }
    }
}
