//! What servers have in common that are asked over HTTP: a URL, a key or a password, and whom to trust.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::tls::pem;
use crate::error::Finding;

/// Whom to trust where a URL begins with `https://`. The server's certificate and its name are always checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpTlsSettings {
    /// The certificates, as PEM, of the authorities that may have signed the server's. Default: those of the system.
    pub ca_file: Option<PathBuf>,
    /// What `ca_file` holds, read at start.
    #[serde(skip)]
    pub ca: Option<String>,
}

impl HttpTlsSettings {
    /// Reads what the file holds.
    pub(super) fn read_files(&mut self, section: &str) -> Option<Finding> {
        let path = self.ca_file.as_deref()?;
        match pem(path) {
            Ok(text) => self.ca = Some(text),
            Err(problem) => {
                return Some(Finding::text(format!("{section}.tls.ca_file"), &path.display().to_string(), problem));
            }
        }
        None
    }
}

/// How one says to a server who one is: nothing, a user with a password, or a key.
pub(super) struct Access<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) password_file: Option<&'a PathBuf>,
    pub(super) api_key_file: Option<&'a PathBuf>,
}

impl Access<'_> {
    pub(super) fn validate(&self, section: &str) -> Vec<Finding> {
        let missing = |key: &str, problem: &str| vec![Finding::missing(format!("{section}.{key}"), problem)];
        match (self.user, self.password_file, self.api_key_file) {
            (Some(_), None, None) => {
                missing("password_file", "is missing; user needs a password, and this key names the file that holds it")
            }
            (None, Some(_), _) => missing("user", "is missing; password_file needs a user"),
            (Some(_), _, Some(_)) => missing("api_key_file", "stands beside user; keep the key or the user, not both"),
            (Some(""), _, _) => vec![Finding::text(format!("{section}.user"), "", "must not be empty")],
            _ => Vec::new(),
        }
    }

    /// What is secret goes in the clear only where nobody else is on the way.
    pub(super) fn clear_finding(&self, section: &str, url: &str) -> Option<Finding> {
        let in_clear = |url: &Url| url.scheme() == "http" && url.password().is_none() && !is_loopback(url);
        let url = Url::parse(url).ok().filter(in_clear)?;
        let is_secret = self.password_file.is_some() || self.api_key_file.is_some();
        let problem = "would send the secret in the clear; use https";
        is_secret.then(|| Finding::text(format!("{section}.url"), url.as_str(), problem))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What is wrong with a server's URL. A value in which a password may stand is never shown.
pub(super) fn url_findings(section: &str, text: &str, tls: &HttpTlsSettings) -> Vec<Finding> {
    let key = format!("{section}.url");
    let known = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = known else {
        let problem = "is no URL; it must begin with http:// or https:// and name a host";
        return vec![if text.contains('@') {
            Finding::missing(key, problem)
        } else {
            Finding::text(key, text, problem)
        }];
    };
    if !url.username().is_empty() || url.password().is_some() {
        return vec![Finding::missing(key, "must have no user and no password in it; use user and password_file")];
    }
    if url.query().is_some() || url.fragment().is_some() {
        return vec![Finding::text(key, text, "must end with its path, without ? and #")];
    }
    if tls.ca_file.is_some() && url.scheme() == "http" {
        return vec![Finding::text(
            key,
            text,
            "must begin with https:// where tls.ca_file is named; or remove the file",
        )];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_no_password_and_a_ca_needs_tls() {
        let plain = HttpTlsSettings::default();
        let with_ca = HttpTlsSettings { ca_file: Some("ca.pem".into()), ..Default::default() };
        for (url, tls, right) in [
            ("http://127.0.0.1:5601", &plain, true),
            ("https://kibana.example/base/path", &with_ca, true),
            ("http://kibana.example", &with_ca, false),
            ("kibana.example:5601", &plain, false),
            ("https://fx:sesame@kibana.example", &plain, false),
            ("ftp://fx:sesame@kibana.example", &plain, false),
            ("http://kibana.example/?a=b", &plain, false),
        ] {
            let findings = url_findings("kibana", url, tls);
            assert_eq!(findings.is_empty(), right, "{url}");
            assert!(!format!("{findings:?}").contains("sesame"));
        }
    }

    #[test]
    fn one_way_to_say_who_one_is_and_all_of_it() {
        let file = PathBuf::from("secret");
        let keys = |user, password_file, api_key_file| -> Vec<String> {
            let access = Access { user, password_file, api_key_file };
            access.validate("kibana").into_iter().map(|finding| finding.key).collect()
        };
        assert!(keys(None, None, None).is_empty() && keys(Some("fx"), Some(&file), None).is_empty());
        assert!(keys(None, None, Some(&file)).is_empty());
        assert_eq!(keys(Some("fx"), None, None), ["kibana.password_file"]);
        assert_eq!(keys(None, Some(&file), None), ["kibana.user"]);
        assert_eq!(keys(Some("fx"), Some(&file), Some(&file)), ["kibana.api_key_file"]);
        assert_eq!(keys(Some(""), Some(&file), None), ["kibana.user"]);
    }
}
