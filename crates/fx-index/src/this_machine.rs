//! A proxy is for the way out of this machine.

use url::{Host, Url};

/// Whether a URL means this machine itself.
pub(crate) fn is_meant(url: &str) -> bool {
    match Url::parse(url).as_ref().map(Url::host) {
        Ok(Some(Host::Domain(name))) => name == "localhost",
        Ok(Some(Host::Ipv4(address))) => address.is_loopback(),
        Ok(Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine() {
        for url in ["http://localhost:9200", "http://127.0.0.1", "https://127.8.9.1:1/path", "http://[::1]:9200"] {
            assert!(is_meant(url), "{url}");
        }
        for url in ["http://es.example", "http://10.0.0.1:9200", "http://localhost.example", "no url"] {
            assert!(!is_meant(url), "{url}");
        }
    }
}
