//! `[store.postgresql]`: history and alerts on PostgreSQL.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::server;
use super::tls::TlsSettings;
use crate::error::Finding;
use crate::secret::Secret;
use crate::time_span::{self, format_span};

const SECTION: &str = "store.postgresql";

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
    /// that finds older tables says so, and waits for that. Default true.
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

impl PostgresqlSettings {
    /// Where the server is: `host:port`, or the directory of its socket.
    pub fn address(&self) -> String {
        server::shown(&self.host, self.port)
    }

    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings = server::findings(SECTION, &self.host, self.port, &self.tls);
        findings.extend(self.tls.validate(SECTION));
        for (key, name) in [("database", &self.database), ("user", &self.user)] {
            if name.is_empty() || name.len() > 63 || name.contains('\0') {
                findings.push(Finding::text(format!("{SECTION}.{key}"), name, "must have 1 to 63 characters"));
            }
        }
        findings.extend(schema_finding(&self.schema));
        if !(1..=1000).contains(&self.connections) {
            let value = self.connections.to_string();
            findings.push(Finding::of("store.postgresql.connections", &value, "must be between 1 and 1000"));
        }
        if self.lock_timeout > self.statement_timeout {
            let longest = format_span(self.statement_timeout);
            let problem = format!("must not be longer than statement_timeout, which is {longest}");
            findings.push(Finding::text("store.postgresql.lock_timeout", &format_span(self.lock_timeout), problem));
        }
        findings
    }

    /// Reads the secrets that the keys name.
    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        let mut findings = self.tls.read_files(SECTION);
        let file = self.password_file.as_deref();
        findings.extend(Secret::fill(&mut self.password, file, "store.postgresql.password_file"));
        findings
    }
}

/// A name that needs no quotes anywhere, and that PostgreSQL does not keep for itself.
fn schema_finding(schema: &str) -> Option<Finding> {
    let first = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let is_right = schema.bytes().next().is_some_and(first)
        && schema.bytes().all(|byte| first(byte) || byte.is_ascii_digit())
        && schema.len() <= 63
        && !schema.starts_with("pg_");
    (!is_right).then(|| {
        let problem = "must be up to 63 of a-z, 0-9 and _, must not begin with a digit or with pg_, such as fx_monitor";
        Finding::text("store.postgresql.schema", schema, problem)
    })
}
