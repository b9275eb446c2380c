//! What stands before every handler: which hosts are served, whose pages may change something, and headers that keep
//! browsers safe.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fx_config::ApiSettings;

use salvo::http::StatusCode;
use salvo::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::problem::{Problem, shown};

/// Answers only to the names by which it is meant to be asked. A page that has its own name resolve to an address of this
/// machine (DNS rebinding) would otherwise read everything that needs no key.
pub(crate) struct KnownHosts {
    names: Vec<String>,
    /// Where every address of the machine is listened on: an address cannot be made to lead elsewhere, a name can.
    any_address: bool,
}

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl KnownHosts {
    /// Those of loopback, the address that is listened on, and those that are listed.
    pub(crate) fn new(settings: &ApiSettings) -> Self {
        let any_address = settings.listen.ip().is_unspecified();
        let listen = match settings.listen.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let mut names = LOOPBACK.map(str::to_owned).to_vec();
        names.extend((!any_address && !names.contains(&listen)).then_some(listen));
        names.extend(settings.hosts.iter().cloned());
        Self { names, any_address }
    }

    fn knows(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name)) || (self.any_address && is_address(name))
    }
}

fn is_address(name: &str) -> bool {
    let v6 = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    v6.map_or_else(|| name.parse::<Ipv4Addr>().is_ok(), |ip| ip.parse::<Ipv6Addr>().is_ok())
}

/// The host that is asked for; HTTP/2 has it in the address instead of a header.
fn host_of(req: &Request) -> &str {
    let header = req.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
    header.or_else(|| req.uri().authority().map(salvo::http::uri::Authority::as_str)).unwrap_or_default()
}

#[async_trait]
impl Handler for KnownHosts {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let host = host_of(req);
        if self.knows(host) {
            return;
        }
        let detail = format!("host `{}` is not served here, expected {}", shown(host), self.names.join(", "));
        Problem::new(StatusCode::MISDIRECTED_REQUEST, detail).render(req.uri().path(), res);
        ctrl.skip_rest();
    }
}

/// Lets no page of another origin change anything, unless that origin is listed. A browser asks before it sends JSON
/// elsewhere, but not before it sends nothing, which is all that some of the requests here need.
pub(crate) struct KnownOrigins(pub(crate) Vec<String>);

impl KnownOrigins {
    fn knows(&self, origin: &str, host: &str) -> bool {
        let is_here = origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host));
        is_here || self.0.iter().any(|known| known == origin)
    }
}

#[async_trait]
impl Handler for KnownOrigins {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let Some(origin) = req.headers().get(ORIGIN).filter(|_| !req.method().is_safe()) else { return };
        let origin = origin.to_str().unwrap_or_default();
        if self.knows(origin, host_of(req)) {
            return;
        }
        let detail =
            format!("pages of `{}` may change nothing here, [api] cors_origins lists which may", shown(origin));
        Problem::new(StatusCode::FORBIDDEN, detail).render(req.uri().path(), res);
        ctrl.skip_rest();
    }
}

/// Headers of every answer: to be asked for again each time, and nothing to be loaded. Who knows better says so.
pub(crate) struct SafeHeaders;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What no page here has a use for.
const NO_DEVICES: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

#[async_trait]
impl Handler for SafeHeaders {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let headers = res.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(NO_DEVICES));
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, nothing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_known() {
        let listen = "127.0.0.2:8000".parse().expect("an address");
        let hosts = KnownHosts::new(&ApiSettings { listen, ..Default::default() });
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]", "[::1]:8000", "127.0.0.2:8000"] {
            assert!(hosts.knows(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "[::1", "localhost:x"] {
            assert!(!hosts.knows(host), "{host}");
        }
        assert!(!hosts.knows("192.0.2.1:8000"));
    }

    #[test]
    fn names_that_are_listed_are_known_and_every_address_where_all_are_listened_on() {
        let listen = "[::]:8000".parse().expect("an address");
        let settings = ApiSettings { listen, hosts: vec!["FX.example.org".to_owned()], ..Default::default() };
        let hosts = KnownHosts::new(&settings);
        for host in ["fx.example.org", "fx.example.org:8443", "192.0.2.1:8000", "[2001:db8::1]:8000", "localhost"] {
            assert!(hosts.knows(host), "{host}");
        }
        for host in ["example.org", "192.0.2.1.evil.example", "2001:db8::1", "[192.0.2.1]", "0x7f.1", ""] {
            assert!(!hosts.knows(host), "{host}");
        }
    }

    #[test]
    fn pages_from_here_and_listed_ones_may_change_something() {
        let origins = KnownOrigins(vec!["https://desk.example".to_owned()]);
        for (origin, host, is_known) in [
            ("http://127.0.0.1:8000", "127.0.0.1:8000", true),
            ("https://fx.example.org", "FX.example.org", true),
            ("https://desk.example", "127.0.0.1:8000", true),
            ("http://desk.example", "127.0.0.1:8000", false),
            ("http://127.0.0.1:3000", "127.0.0.1:8000", false),
            ("null", "127.0.0.1:8000", false),
            ("", "", false),
        ] {
            assert_eq!(origins.knows(origin, host), is_known, "{origin} at {host}");
        }
    }
}
