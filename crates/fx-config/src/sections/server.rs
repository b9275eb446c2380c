//! What the addresses of other servers have in common.
//!
//! People paste URLs here, and a URL may carry a password: such a value is never shown.

use super::tls::TlsSettings;
use crate::error::Finding;

/// Whether `host` is the path of a Unix socket, or of the directory of one.
pub(super) fn is_socket(host: &str) -> bool {
    host.starts_with('/')
}

/// Where a server is, as people write it.
pub(super) fn shown(host: &str, port: u16) -> String {
    if is_socket(host) {
        return host.to_owned();
    }
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// What is wrong with the `host` and `port` of `section`, which is reached over the network alone.
pub(super) fn network_findings(section: &str, host: &str, port: u16) -> Vec<Finding> {
    let wrong_host = (!is_host(host)).then(|| {
        let problem = "is no host; write a name such as mail.example, or an address";
        shy(&format!("{section}.host"), host, problem)
    });
    wrong_host.into_iter().chain(port_finding(section, port)).collect()
}

/// What is wrong with the `host` and `port` of `section`.
pub(super) fn findings(section: &str, host: &str, port: u16, tls: &TlsSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let key = format!("{section}.host");
    if !is_socket(host) && !is_host(host) {
        let problem = "is no host; write a name such as db.example, an address, or the path of a Unix socket";
        findings.push(shy(&key, host, problem));
    }
    if is_socket(host) && tls.enabled {
        let problem = "is a Unix socket, which has no TLS; name a host, or remove the tls table";
        findings.push(Finding::text(key, host, problem));
    }
    findings.extend(port_finding(section, port));
    findings
}

fn port_finding(section: &str, port: u16) -> Option<Finding> {
    (port == 0).then(|| Finding::of(format!("{section}.port"), "0", "must be between 1 and 65535"))
}

/// What is wrong with a list of servers, each `host:port`.
pub(super) fn list_findings(key: &str, servers: &[String]) -> Vec<Finding> {
    if servers.is_empty() {
        return vec![Finding::of(key, "[]", "must name at least one server, such as \"127.0.0.1:9092\"")];
    }
    let wrong = servers.iter().enumerate().filter_map(|(i, server)| {
        if !is_host_and_port(server) {
            return Some(shy(key, server, "is no host with its port, such as 127.0.0.1:9092 or [::1]:9092"));
        }
        servers[..i].contains(server).then(|| Finding::text(key, server, "stands twice; name each server once"))
    });
    wrong.collect()
}

fn is_host_and_port(server: &str) -> bool {
    let Some((host, port)) = server.rsplit_once(':') else { return false };
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|host| host.contains(':')),
        None => Some(host).filter(|host| !host.contains(':')),
    };
    host.is_some_and(is_host) && port.parse::<u16>().is_ok_and(|port| port != 0)
}

fn is_host(host: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:%".contains(&byte);
    !host.is_empty() && host.bytes().all(letter)
}

/// A value that is shown unless it looks like a URL, in which a password may stand.
fn shy(key: &str, value: &str, problem: &str) -> Finding {
    if value.contains(['@', '/']) { Finding::missing(key, problem) } else { Finding::text(key, value, problem) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_ports_are_told_from_everything_else() {
        for good in ["127.0.0.1:9092", "[::1]:9092", "kafka-1.example:9093", "localhost:1"] {
            assert!(is_host_and_port(good), "{good}");
        }
        for bad in ["", "kafka", "kafka:", ":9092", "kafka:0", "kafka:70000", "::1:9092", "http://kafka:9092", "a b:1"]
        {
            assert!(!is_host_and_port(bad), "{bad}");
        }
    }

    #[test]
    fn a_pasted_url_is_refused_without_its_password() {
        let host = "redis://fx:sesame@cache.example:6379";
        let findings = findings("cache.redis", host, 0, &TlsSettings::default());
        assert_eq!(findings.len(), 2);
        assert!(!format!("{findings:?}").contains("sesame"), "{findings:?}");
        assert!(!format!("{:?}", list_findings("k", &[host.to_owned()])).contains("sesame"));
    }

    #[test]
    fn a_socket_has_no_tls() {
        let tls = TlsSettings { enabled: true, ..Default::default() };
        assert_eq!(findings("store.postgresql", "/run/postgresql", 5432, &tls).len(), 1);
        assert_eq!(shown("/run/postgresql", 5432), "/run/postgresql");
        assert_eq!(shown("::1", 5432), "[::1]:5432");
    }
}
