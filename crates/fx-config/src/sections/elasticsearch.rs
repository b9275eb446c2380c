//! `[index.elasticsearch]`: time series on Elasticsearch.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::http::{Access, HttpTlsSettings, url_findings};
use crate::error::Finding;
use crate::secret::Secret;
use crate::time_span::{self, format_span};

const SECTION: &str = "index.elasticsearch";
/// What one request may be at most, where the server is not told otherwise.
const LARGEST_REQUEST: usize = 100 << 20;
/// An index has a name of at most 255 bytes, of which ours need some.
const LONGEST_PREFIX: usize = 200;

/// `[index.elasticsearch]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ElasticsearchSettings {
    /// Where the server is; `https` encrypts, and the server's certificate and its name are always checked. Default
    /// `http://127.0.0.1:9200`.
    pub url: String,
    /// Stands before the name of every index, alias and template. Default none.
    pub prefix: String,
    /// The user; needs `password_file`. Default none.
    pub user: Option<String>,
    /// The file whose first line is the user's password. Default none.
    pub password_file: Option<PathBuf>,
    /// The file whose first line is an API key, encoded as the server gave it: in place of a user. Default none.
    pub api_key_file: Option<PathBuf>,
    /// What `password_file` holds.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// What `api_key_file` holds.
    #[serde(skip)]
    pub api_key: Option<Secret>,
    /// How many documents are sent at once, at most. Default 5000.
    pub bulk_documents: usize,
    /// How many bytes are sent at once, at most. Default 8 MiB.
    pub bulk_bytes: usize,
    /// How long one request may take. Default 1m.
    #[serde(with = "time_span")]
    pub request_timeout: Duration,
    /// `[index.elasticsearch.tls]`
    pub tls: HttpTlsSettings,
}

impl Default for ElasticsearchSettings {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:9200".to_owned(),
            prefix: String::new(),
            user: None,
            password_file: None,
            api_key_file: None,
            password: None,
            api_key: None,
            bulk_documents: 5000,
            bulk_bytes: 8 << 20,
            request_timeout: Duration::from_mins(1),
            tls: HttpTlsSettings::default(),
        }
    }
}

impl ElasticsearchSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let key = |key: &str| format!("{SECTION}.{key}");
        let mut findings = url_findings(SECTION, &self.url, &self.tls);
        let access = Access {
            user: self.user.as_deref(),
            password_file: self.password_file.as_ref(),
            api_key_file: self.api_key_file.as_ref(),
        };
        findings.extend(access.validate(SECTION));
        findings.extend(access.clear_finding(SECTION, &self.url));
        if !is_prefix(&self.prefix) {
            let problem = "must be up to 200 of a-z, 0-9, '.', '_' and '-', and begin with a letter or a digit";
            findings.push(Finding::text(key("prefix"), &self.prefix, problem));
        }
        if !(1..=100_000).contains(&self.bulk_documents) {
            let value = self.bulk_documents.to_string();
            findings.push(Finding::of(key("bulk_documents"), &value, "must be between 1 and 100000"));
        }
        if !(64 << 10..=LARGEST_REQUEST).contains(&self.bulk_bytes) {
            let problem = "must be between 65536 (64 KiB) and 104857600 (100 MiB)";
            findings.push(Finding::of(key("bulk_bytes"), &self.bulk_bytes.to_string(), problem));
        }
        if !(Duration::from_secs(1)..=Duration::from_mins(10)).contains(&self.request_timeout) {
            let value = format_span(self.request_timeout);
            findings.push(Finding::text(key("request_timeout"), &value, "must be between 1s and 10m"));
        }
        findings
    }

    /// Reads the secrets that the keys name.
    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        let mut findings: Vec<_> = self.tls.read_files(SECTION).into_iter().collect();
        let key = |key: &str| format!("{SECTION}.{key}");
        findings.extend(Secret::fill(&mut self.password, self.password_file.as_deref(), &key("password_file")));
        findings.extend(Secret::fill(&mut self.api_key, self.api_key_file.as_deref(), &key("api_key_file")));
        findings
    }
}

fn is_prefix(prefix: &str) -> bool {
    let first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    prefix.len() <= LONGEST_PREFIX
        && prefix.bytes().next().is_none_or(first)
        && prefix.bytes().all(|byte| first(byte) || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(settings: &ElasticsearchSettings) -> Vec<String> {
        let findings = settings.validate();
        assert!(!format!("{findings:?}").contains("sesame"), "{findings:?}");
        findings.into_iter().map(|finding| finding.key.trim_start_matches("index.elasticsearch.").to_owned()).collect()
    }

    #[test]
    fn a_secret_goes_nowhere_in_the_clear() {
        let user = ElasticsearchSettings { user: Some("fx".to_owned()), ..Default::default() };
        assert_eq!(keys(&user), ["password_file"]);
        let password_file = Some(PathBuf::from("password"));
        let known = ElasticsearchSettings { password_file: password_file.clone(), ..user };
        assert!(keys(&known).is_empty());
        let far = ElasticsearchSettings { url: "http://es.example:9200".to_owned(), ..known.clone() };
        assert_eq!(keys(&far), ["url"]);
        let safe = ElasticsearchSettings { url: "https://es.example:9200".to_owned(), ..far };
        assert!(keys(&safe).is_empty());
        let key = ElasticsearchSettings { url: "http://[::1]:9200".to_owned(), api_key_file: password_file, ..safe };
        assert_eq!(keys(&key), ["api_key_file"], "beside a user");
    }

    #[test]
    fn limits_and_names_are_checked() {
        let wrong = ElasticsearchSettings {
            prefix: "-Fx".to_owned(),
            bulk_documents: 0,
            bulk_bytes: 1000,
            request_timeout: Duration::from_millis(1),
            ..Default::default()
        };
        assert_eq!(keys(&wrong), ["prefix", "bulk_documents", "bulk_bytes", "request_timeout"]);
    }
}
