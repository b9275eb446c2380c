//! The names by which the API is asked.

use url::Host;

use crate::error::Finding;

/// What is wrong with a name: it stands in `Host` as it is written here, without its port.
pub(super) fn finding(name: &str) -> Option<Finding> {
    let is_written_out = Host::parse(name).is_ok_and(|host| host.to_string().eq_ignore_ascii_case(name));
    let is_name = is_written_out && !name.contains('*');
    (!is_name).then(|| {
        let problem = "is no name of a host; write one without scheme and port, such as fx.example.org or 192.0.2.7";
        Finding::text("api.hosts", name, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_no_scheme_no_port_and_no_wildcard() {
        for bad in ["", "https://fx.example.org", "fx.example.org:8000", "fx.example.org/", "a b", "*", "*.example.org"]
        {
            assert!(finding(bad).is_some(), "{bad}");
        }
        for good in ["fx.example.org", "FX.example.org", "fx", "192.0.2.7", "[2001:db8::7]"] {
            assert!(finding(good).is_none(), "{good}");
        }
    }
}
