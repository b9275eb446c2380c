//! What stands before every handler: which hosts are served, and headers that keep browsers safe.

use std::net::SocketAddr;

use salvo::http::StatusCode;
use salvo::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::problem::{Problem, shown};

/// Answers only to the names of this machine. A page that has its own name resolve to a loopback address (DNS rebinding)
/// would otherwise read everything.
pub(crate) struct KnownHosts {
    listen: String,
}

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl KnownHosts {
    pub(crate) fn new(listen: SocketAddr) -> Self {
        let listen = match listen {
            SocketAddr::V4(listen) => listen.ip().to_string(),
            SocketAddr::V6(listen) => format!("[{}]", listen.ip()),
        };
        Self { listen }
    }

    fn knows(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        LOOPBACK.iter().any(|known| known.eq_ignore_ascii_case(name)) || name == self.listen
    }
}

#[async_trait]
impl Handler for KnownHosts {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        // HTTP/2 has the host in the address instead of a header.
        let header = req.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
        let host =
            header.or_else(|| req.uri().authority().map(salvo::http::uri::Authority::as_str)).unwrap_or_default();
        if self.knows(host) {
            return;
        }
        let detail = format!("host `{}` is not served here, expected localhost, 127.0.0.1 or [::1]", shown(host));
        Problem::new(StatusCode::MISDIRECTED_REQUEST, detail).render(req.uri().path(), res);
        ctrl.skip_rest();
    }
}

/// Headers of every answer: to be asked for again each time, and nothing to be loaded. Who knows better says so.
pub(crate) struct SafeHeaders;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

#[async_trait]
impl Handler for SafeHeaders {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let headers = res.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, nothing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_known() {
        let hosts = KnownHosts::new("127.0.0.2:8000".parse().expect("an address"));
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]", "[::1]:8000", "127.0.0.2:8000"] {
            assert!(hosts.knows(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "[::1", "localhost:x"] {
            assert!(!hosts.knows(host), "{host}");
        }
    }
}
