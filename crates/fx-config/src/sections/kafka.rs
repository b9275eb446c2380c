//! `[stream.kafka]`: the log on Apache Kafka.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tls::TlsSettings;
use crate::secret::Secret;
use crate::time_span;

/// `[stream.kafka]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaSettings {
    /// The brokers to begin with, `host:port` each. Default `127.0.0.1:9092`.
    pub brokers: Vec<String>,
    /// Stands before the name of every topic and group. Default none.
    pub prefix: String,
    /// Partitions of `fx-rates`: as many feeds can be enriched at once. Default 1.
    pub rates_partitions: u32,
    /// Partitions of `fx-rates-enriched`: as many instances of each sink and of the alert engine share the work. Default 1.
    pub enriched_partitions: u32,
    /// Copies of each topic. Default 1.
    pub replication: u32,
    /// Copies that must have a message before it counts as kept. Default 1.
    pub min_insync_replicas: u32,
    /// How long a consumer may be silent before its partitions go to another. Default 6s, at least 6s, at most 5m.
    #[serde(with = "time_span")]
    pub session_timeout: Duration,
    /// How the client says who it is. Default `none`.
    pub sasl: SaslMechanism,
    /// The user, for every mechanism but `none`.
    pub user: Option<String>,
    /// The file whose first line is the user's password.
    pub password_file: Option<PathBuf>,
    /// What `password_file` holds.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// `[stream.kafka.tls]`
    pub tls: TlsSettings,
}

impl Default for KafkaSettings {
    fn default() -> Self {
        Self {
            brokers: vec!["127.0.0.1:9092".to_owned()],
            prefix: String::new(),
            rates_partitions: 1,
            enriched_partitions: 1,
            replication: 1,
            min_insync_replicas: 1,
            session_timeout: Duration::from_secs(6),
            sasl: SaslMechanism::default(),
            user: None,
            password_file: None,
            password: None,
            tls: TlsSettings::default(),
        }
    }
}

/// How a client of Kafka says who it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaslMechanism {
    /// It does not.
    #[default]
    None,
    /// By a password that the broker reads; only over TLS.
    Plain,
    /// By a proof that it knows the password.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// The same with the longer hash.
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
}

impl SaslMechanism {
    /// The name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Plain => "plain",
            Self::ScramSha256 => "scram-sha-256",
            Self::ScramSha512 => "scram-sha-512",
        }
    }
}
