//! `[cache.redis]`: the latest rates on Redis.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::tls::TlsSettings;
use crate::secret::Secret;

/// `[cache.redis]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisSettings {
    /// The host, or the path of the server's Unix socket. Default `127.0.0.1`.
    pub host: String,
    /// The port. Default 6379.
    pub port: u16,
    /// The number of the database. Default 0.
    pub database: u16,
    /// Stands before every key. Default `fx:`.
    pub prefix: String,
    /// The user, where the server has several. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The file whose first line is the password. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// What `password_file` holds.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// `[cache.redis.tls]`
    pub tls: TlsSettings,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 6379,
            database: 0,
            prefix: "fx:".to_owned(),
            user: None,
            password_file: None,
            password: None,
            tls: TlsSettings::default(),
        }
    }
}
