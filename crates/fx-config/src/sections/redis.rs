//! `[cache.redis]`: the latest rates on Redis.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::server;
use super::tls::TlsSettings;
use crate::error::Finding;
use crate::secret::Secret;

const SECTION: &str = "cache.redis";

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
    pub user: Option<String>,
    /// The file whose first line is the password. Default none.
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

impl RedisSettings {
    /// Where the server is: `host:port`, or the path of its socket.
    pub fn address(&self) -> String {
        server::shown(&self.host, self.port)
    }

    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings = server::findings(SECTION, &self.host, self.port, &self.tls);
        findings.extend(self.tls.validate(SECTION));
        let is_plain = |byte: u8| byte.is_ascii_graphic();
        if self.prefix.len() > 100 || !self.prefix.bytes().all(is_plain) {
            let problem = "must be up to 100 letters, digits and signs, without spaces";
            findings.push(Finding::text("cache.redis.prefix", &self.prefix, problem));
        }
        if self.user.is_some() && self.password_file.is_none() {
            let problem = "is missing; user needs a password, and this key names the file that holds it";
            findings.push(Finding::missing("cache.redis.password_file", problem));
        }
        findings
    }

    /// Reads the secrets that the keys name.
    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        let mut findings = self.tls.read_files(SECTION);
        let file = self.password_file.as_deref();
        findings.extend(Secret::fill(&mut self.password, file, "cache.redis.password_file"));
        findings
    }
}
