//! `[kibana]`: where the dashboards are shown.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::http::{Access, HttpTlsSettings, url_findings};
use crate::error::Finding;
use crate::secret::Secret;
use crate::time_span::{self, format_span};

const SECTION: &str = "kibana";

/// `[kibana]`: only `fx-monitor provision` speaks to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KibanaSettings {
    /// Whether there is one. Default false.
    pub enabled: bool,
    /// Where it is, with its base path where it has one. Default `http://127.0.0.1:5601`.
    pub url: String,
    /// The space that the dashboards stand in. Default `default`.
    pub space: String,
    /// The user. Default none.
    pub user: Option<String>,
    /// The file whose first line is the user's password. Default none.
    pub password_file: Option<PathBuf>,
    /// What `password_file` holds.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// The file whose first line is an API key as Elasticsearch encodes it, in place of user and password. Default none.
    pub api_key_file: Option<PathBuf>,
    /// What `api_key_file` holds.
    #[serde(skip)]
    pub api_key: Option<Secret>,
    /// How long provisioning waits until it says that it is available. Default 5m.
    #[serde(with = "time_span")]
    pub patience: Duration,
    /// `[kibana.tls]`
    pub tls: HttpTlsSettings,
}

impl Default for KibanaSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            url: "http://127.0.0.1:5601".to_owned(),
            space: "default".to_owned(),
            user: None,
            password_file: None,
            password: None,
            api_key_file: None,
            api_key: None,
            patience: Duration::from_mins(5),
            tls: HttpTlsSettings::default(),
        }
    }
}

impl KibanaSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        if !self.enabled {
            return Vec::new();
        }
        let mut findings = url_findings(SECTION, &self.url, &self.tls);
        let access = Access {
            user: self.user.as_deref(),
            password_file: self.password_file.as_ref(),
            api_key_file: self.api_key_file.as_ref(),
        };
        findings.extend(access.validate(SECTION));
        findings.extend(access.clear_finding(SECTION, &self.url));
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if self.space.is_empty() || self.space.len() > 100 || !self.space.bytes().all(letter) {
            let problem = "must be the id of a space: up to 100 of a-z, 0-9, '_' and '-', such as default";
            findings.push(Finding::text("kibana.space", &self.space, problem));
        }
        if self.patience > Duration::from_hours(24) {
            let value = format_span(self.patience);
            findings.push(Finding::text("kibana.patience", &value, "must be at most 1d"));
        }
        findings
    }

    /// Reads the secrets that the keys name.
    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        if !self.enabled {
            return Vec::new();
        }
        let mut findings: Vec<_> = self.tls.read_files(SECTION).into_iter().collect();
        findings.extend(Secret::fill(&mut self.password, self.password_file.as_deref(), "kibana.password_file"));
        findings.extend(Secret::fill(&mut self.api_key, self.api_key_file.as_deref(), "kibana.api_key_file"));
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_is_an_id() {
        let (space, patience) = ("FX desk".to_owned(), Duration::from_hours(48));
        let mut settings = KibanaSettings { space, patience, ..Default::default() };
        assert!(settings.validate().is_empty(), "it is not used");
        settings.enabled = true;
        let keys: Vec<_> = settings.validate().into_iter().map(|finding| finding.key).collect();
        assert_eq!(keys, ["kibana.space", "kibana.patience"]);
        let (url, api_key_file) = ("http://kibana.example".to_owned(), Some("key".into()));
        let clear = KibanaSettings { enabled: true, url, api_key_file, ..Default::default() };
        assert_eq!(clear.validate()[0].key, "kibana.url");
        assert!(KibanaSettings { enabled: true, ..Default::default() }.validate().is_empty());
    }
}
