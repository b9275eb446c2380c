//! `[telemetry]`: what is logged, and how.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use url::Url;

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
    pub otlp_endpoint: Option<String>,
    /// `[telemetry.metrics]`
    pub metrics: MetricsSettings,
}

/// `[telemetry.metrics]`: where each service shows `/metrics` and `/health`; port 0 takes any free one.
/// `fx-api` does so where it listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsSettings {
    /// Of `fx-producer`. Default 127.0.0.1:9101.
    #[serde(with = "super::address")]
    pub producer: SocketAddr,
    /// Of `fx-consumer`. Default 127.0.0.1:9102.
    #[serde(with = "super::address")]
    pub consumer: SocketAddr,
    /// Of `fx-alert-engine`. Default 127.0.0.1:9103.
    #[serde(with = "super::address")]
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
    pub(crate) fn validate(&self, api: SocketAddr) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.level_findings().collect();
        findings.extend(self.otlp_endpoint.as_deref().and_then(endpoint_finding));
        findings.extend(self.metrics.validate(api));
        findings
    }

    /// A bare word that is no level would be taken as a crate's name and silence everything else.
    fn level_findings(&self) -> impl Iterator<Item = Finding> {
        self.log
            .split(',')
            .map(|part| part.rsplit_once('=').map_or(part, |(_, level)| level).trim())
            .filter(|level| !LEVELS.contains(&level.to_ascii_lowercase().as_str()))
            .map(|level| {
                let problem = format!("{level:?} is no level; {}", suggestion(level, &LEVELS));
                Finding::text("telemetry.log", &self.log, problem)
            })
    }
}

/// A password that stands in a URL would be shown wherever the URL is, this message included.
fn endpoint_finding(endpoint: &str) -> Option<Finding> {
    const KEY: &str = "telemetry.otlp_endpoint";
    let url = Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match url {
        Some(url) if url.username().is_empty() && url.password().is_none() => None,
        Some(_) => Some(Finding::missing(KEY, "must have no user and no password in it")),
        None if endpoint.contains('@') => {
            Some(Finding::missing(KEY, "is no URL; it must begin with http:// or https://"))
        }
        None => Some(Finding::text(KEY, endpoint, "is no endpoint; write a URL such as http://127.0.0.1:4318")),
    }
}

impl MetricsSettings {
    /// Two services on one address could not both run on this machine.
    fn validate(&self, api: SocketAddr) -> Vec<Finding> {
        let addresses = [
            ("telemetry.metrics.producer", self.producer),
            ("telemetry.metrics.consumer", self.consumer),
            ("telemetry.metrics.alert_engine", self.alert_engine),
        ];
        let mut taken = vec![("api.listen", api)];
        let mut findings = Vec::new();
        for (key, address) in addresses {
            if let Some((other, _)) = taken.iter().find(|(_, other)| address.port() != 0 && *other == address) {
                let problem = format!("is {other} too; give each an address of its own, or port 0 for any free one");
                findings.push(Finding::text(key, &address.to_string(), problem));
            }
            taken.push((key, address));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_crates_are_accepted_and_a_typo_is_named() {
        let with = |log: &str| TelemetrySettings { log: log.to_owned(), ..Default::default() };
        let api = SocketAddr::from((Ipv4Addr::LOCALHOST, 8000));
        assert!(with("info,fx_producer=debug").validate(api).is_empty());
        let findings = with("info,fx_producer=debg").validate(api);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].problem.contains("did you mean debug?"), "{findings:?}");
        assert_eq!(with("").validate(api).len(), 1);
    }

    #[test]
    fn an_endpoint_has_no_password() {
        for (endpoint, right) in [
            ("http://127.0.0.1:4318", true),
            ("https://otlp.example/v1", true),
            ("127.0.0.1:4318", false),
            ("https://fx:sesame@otlp.example", false),
            ("ftp://fx:sesame@otlp.example", false),
        ] {
            let finding = endpoint_finding(endpoint);
            assert_eq!(finding.is_none(), right, "{endpoint}");
            assert!(!format!("{finding:?}").contains("sesame"));
        }
    }

    #[test]
    fn addresses_differ_unless_any_will_do() {
        let api = SocketAddr::from((Ipv4Addr::LOCALHOST, 9102));
        let keys: Vec<_> = MetricsSettings::default().validate(api).into_iter().map(|finding| finding.key).collect();
        assert_eq!(keys, ["telemetry.metrics.consumer"]);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        assert!(MetricsSettings { producer: any, consumer: any, alert_engine: any }.validate(any).is_empty());
    }
}
