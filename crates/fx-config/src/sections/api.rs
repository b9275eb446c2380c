//! `[api]`: the REST API, the event stream and the live page.

mod host;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::Finding;
use crate::time_span;

/// `[api]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiSettings {
    /// The address and port to listen on. One that is not of this machine alone needs `keys_file`. Port 0 takes any free
    /// one. Default 127.0.0.1:8000.
    #[serde(with = "super::address")]
    pub listen: SocketAddr,
    /// The file of the API keys, which `fx-monitor keys` makes and changes. It is read again when it changes. Without it
    /// whoever is on this machine may do everything. Default none.
    pub keys_file: Option<PathBuf>,
    /// The names by which the API is asked, beside its addresses and localhost; a request by another one is refused.
    /// Default none.
    pub hosts: Vec<String>,
    /// The web origins (`https://desk.example`) whose pages may read the API. Default none.
    pub cors_origins: Vec<String>,
    /// How many requests a second one address may send without a valid key, where there are keys; ten seconds' worth of
    /// them may come at once. One more gets 429. Default 20.
    pub requests_per_address: u32,
    /// How many connections are open at once; for one more the longest silent one is closed, and where none was
    /// silent, that one. Default 2048.
    pub connections: usize,
    /// How many of them come from one address, unless it is of this machine. Default 256.
    pub connections_per_address: usize,
    /// How long a client may take to send the head of a request, then its body, and how long an idle connection is kept.
    /// Default 30s.
    #[serde(with = "time_span")]
    pub request_timeout: Duration,
    /// How many readers `/stream` serves at once; one more gets 503. Default 1024.
    pub sse_clients: usize,
    /// How many events wait for a slow reader of `/stream` before it is told `lagged`.
    /// Default 1024.
    pub sse_buffer: usize,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            keys_file: None,
            hosts: Vec::new(),
            cors_origins: Vec::new(),
            requests_per_address: 20,
            connections: 2048,
            connections_per_address: 256,
            request_timeout: Duration::from_secs(30),
            sse_clients: 1024,
            sse_buffer: 1024,
        }
    }
}

impl ApiSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.cors_origins.iter().filter_map(|origin| origin_finding(origin)).collect();
        findings.extend(self.hosts.iter().filter_map(|name| host::finding(name)));
        if !self.listen.ip().is_loopback() && self.keys_file.is_none() {
            findings.push(Finding::text(
                "api.listen",
                &self.listen.to_string(),
                "is not a loopback address, and without API keys the service listens on no other; make a key with \
                 `fx-monitor keys new --file FILE --name NAME` and name the file by keys_file, or use 127.0.0.1 or [::1]",
            ));
        }
        if self.keys_file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            findings.push(Finding::text("api.keys_file", "", "must name a file; or leave the key out"));
        }
        if !(Duration::from_secs(1)..=Duration::from_mins(10)).contains(&self.request_timeout) {
            let span = time_span::format_span(self.request_timeout);
            findings.push(Finding::text("api.request_timeout", &span, "must be between 1s and 10m"));
        }
        findings.extend(self.count_findings());
        findings
    }

    fn count_findings(&self) -> impl Iterator<Item = Finding> {
        let requests = usize::try_from(self.requests_per_address).unwrap_or(usize::MAX);
        let counts = [
            ("requests_per_address", requests),
            ("connections", self.connections),
            ("connections_per_address", self.connections_per_address),
            ("sse_clients", self.sse_clients),
            ("sse_buffer", self.sse_buffer),
        ];
        counts
            .into_iter()
            .filter(|(_, value)| !(1..=100_000).contains(value))
            .map(|(key, value)| Finding::of(format!("api.{key}"), &value.to_string(), "must be between 1 and 100000"))
    }

    /// Who may ask.
    pub(crate) fn described(&self) -> String {
        match &self.keys_file {
            Some(file) => format!("with the keys of {}", file.display()),
            None => "no keys: this machine only".to_owned(),
        }
    }
}

fn origin_finding(origin: &str) -> Option<Finding> {
    let is_origin = Url::parse(origin)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin);
    (!is_origin).then(|| {
        Finding::text(
            "api.cors_origins",
            origin,
            "is no web origin; an origin is a scheme, a host and a port where it is not the usual \
             one, such as https://desk.example or http://localhost:3000",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_need_keys() {
        for (listen, keys, accepted) in [
            ("127.0.0.1:8000", None, true),
            ("[::1]:0", None, true),
            ("0.0.0.0:8000", None, false),
            ("[::]:80", None, false),
            ("0.0.0.0:8000", Some("keys.toml"), true),
            ("127.0.0.1:8000", Some("keys.toml"), true),
            ("127.0.0.1:8000", Some(""), false),
        ] {
            let (listen, keys_file) = (listen.parse().expect("an address"), keys.map(PathBuf::from));
            let findings = ApiSettings { listen, keys_file, ..Default::default() }.validate();
            assert_eq!(findings.is_empty(), accepted, "{findings:?}");
        }
    }

    #[test]
    fn nothing_is_without_a_limit() {
        let settings = ApiSettings {
            requests_per_address: 0,
            connections: 0,
            connections_per_address: 100_001,
            request_timeout: Duration::from_hours(1),
            ..Default::default()
        };
        let keys: Vec<String> = settings.validate().into_iter().map(|finding| finding.key).collect();
        let limits = ["request_timeout", "requests_per_address", "connections", "connections_per_address"];
        assert_eq!(keys, limits.map(|key| format!("api.{key}")));
    }

    #[test]
    fn an_origin_has_no_path_and_is_not_everything() {
        for bad in ["*", "https://desk.example/", "desk.example", "ftp://desk.example"] {
            assert!(origin_finding(bad).is_some(), "{bad}");
        }
        for good in ["https://desk.example", "http://localhost:3000"] {
            assert!(origin_finding(good).is_none(), "{good}");
        }
    }
}
