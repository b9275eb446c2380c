//! `[api]`: the REST API, the event stream and the live page.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::Finding;

/// `[api]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiSettings {
    /// The address and port to listen on. This version has no API keys, so only loopback
    /// addresses are accepted. Port 0 takes any free one. Default 127.0.0.1:8000.
    #[serde(with = "super::address")]
    pub listen: SocketAddr,
    /// The web origins (`https://desk.example`) whose pages may read the API. Default none.
    pub cors_origins: Vec<String>,
    /// How many readers `/stream` serves at once; one more gets 503. Default 256.
    pub sse_clients: usize,
    /// How many events wait for a slow reader of `/stream` before it is told `lagged`.
    /// Default 1024.
    pub sse_buffer: usize,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            cors_origins: Vec::new(),
            sse_clients: 256,
            sse_buffer: 1024,
        }
    }
}

impl ApiSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.cors_origins.iter().filter_map(|origin| origin_finding(origin)).collect();
        if !self.listen.ip().is_loopback() {
            findings.push(Finding::text(
                "api.listen",
                &self.listen.to_string(),
                "is not a loopback address, and without API keys the service listens on no other; \
                 use 127.0.0.1 or [::1] and a proxy that checks who calls",
            ));
        }
        for (key, value) in [("sse_clients", self.sse_clients), ("sse_buffer", self.sse_buffer)] {
            if !(1..=100_000).contains(&value) {
                let key = format!("api.{key}");
                findings.push(Finding::of(key, &value.to_string(), "must be between 1 and 100000"));
            }
        }
        findings
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
    fn only_loopback_is_accepted_as_long_as_there_are_no_keys() {
        for (listen, accepted) in
            [("127.0.0.1:8000", true), ("[::1]:0", true), ("0.0.0.0:8000", false), ("[::]:80", false)]
        {
            let listen = listen.parse().expect("an address");
            let findings = ApiSettings { listen, ..Default::default() }.validate();
            assert_eq!(findings.is_empty(), accepted, "{findings:?}");
        }
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
