//! `[telemetry]`: what is logged, and how.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::error::Finding;
use crate::nearest::suggestion;

/// `[telemetry]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// A level (`off`, `error`, `warn`, `info`, `debug`, `trace`), and after it, separated by
    /// commas, levels of single crates: `info,fx_producer=debug`. Default `info`.
    pub log: String,
    /// How a log line is written. Default `text`.
    pub format: LogFormat,
    /// Where spans are sent by OTLP over HTTP, such as `http://127.0.0.1:4318`. Default nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
    /// `[telemetry.metrics]`
    pub metrics: MetricsSettings,
}

/// `[telemetry.metrics]`: where each service shows `/metrics` and `/health`. `fx-api` does so where it listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsSettings {
    /// Of `fx-producer`. Default 127.0.0.1:9101.
    pub producer: SocketAddr,
    /// Of `fx-consumer`. Default 127.0.0.1:9102.
    pub consumer: SocketAddr,
    /// Of `fx-alert-engine`. Default 127.0.0.1:9103.
    pub alert_engine: SocketAddr,
}

impl Default for MetricsSettings {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self { producer: local(9101), consumer: local(9102), alert_engine: local(9103) }
    }
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            log: "info".to_owned(),
            format: LogFormat::default(),
            otlp_endpoint: None,
            metrics: MetricsSettings::default(),
        }
    }
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
    /// To journald with its fields.
    Journald,
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

impl TelemetrySettings {
    /// A bare word that is no level would be taken as a crate's name and silence everything else.
    pub(crate) fn validate(&self) -> Vec<Finding> {
        self.log
            .split(',')
            .map(|part| part.rsplit_once('=').map_or(part, |(_, level)| level).trim())
            .filter(|level| !LEVELS.contains(&level.to_ascii_lowercase().as_str()))
            .map(|level| {
                let problem = format!("{level:?} is no level; {}", suggestion(level, &LEVELS));
                Finding::text("telemetry.log", &self.log, problem)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_crates_are_accepted_and_a_typo_is_named() {
        let with = |log: &str| TelemetrySettings { log: log.to_owned(), ..Default::default() };
        assert!(with("info,fx_producer=debug").validate().is_empty());
        let findings = with("info,fx_producer=debg").validate();
        assert_eq!(findings.len(), 1);
        assert!(findings[0].problem.contains("did you mean debug?"), "{findings:?}");
        assert_eq!(with("").validate().len(), 1);
    }
}
