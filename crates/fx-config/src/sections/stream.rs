//! `[stream]`: the log between the services.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::kafka::KafkaSettings;
use crate::error::Finding;
use crate::time_span::{self, format_span};

/// `[stream]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamSettings {
    /// What carries the log. Default `embedded`.
    pub backend: StreamBackend,
    /// How long `fx-rates-enriched` keeps a message. No alert may look back further, and a sink
    /// can be filled again only this far. Default 90d, at least 1d.
    #[serde(with = "time_span")]
    pub retention: Duration,
    /// `[stream.kafka]`
    pub kafka: KafkaSettings,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self { backend: StreamBackend::default(), retention: 90 * DAY, kafka: KafkaSettings::default() }
    }
}

const DAY: Duration = Duration::from_hours(24);

impl StreamSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.retention < DAY {
            findings.push(Finding::text("stream.retention", &format_span(self.retention), "must be at least 1d"));
        }
        // Nothing is demanded of a server that is not used.
        if self.backend == StreamBackend::Kafka {
            findings.extend(self.kafka.validate());
        }
        findings
    }

    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        if self.backend == StreamBackend::Kafka { self.kafka.read_secrets() } else { Vec::new() }
    }
}

/// What carries the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamBackend {
    /// Tables in the one SQLite file in the data directory.
    #[default]
    Embedded,
    /// Topics of Apache Kafka.
    Kafka,
}
