//! What a key may do, and what a request needs.

use std::fmt;

use salvo::http::Method;
use serde::{Deserialize, Serialize};

/// What a key may do. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Whatever changes nothing: rates, alerts, `/stream`, `/metrics`, trying a rule.
    Read,
    /// Alerts, tests of channels, deliveries once more.
    Write,
    /// Who is told, and by which secret: channels.
    Admin,
}

impl Scope {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a request to the route of this pattern needs; nothing where all that it gives is how the service is doing, or files
/// that are the same for everybody. A route that is new needs a key by itself.
pub(crate) fn needed(method: &Method, route: &str) -> Option<Scope> {
    let area = route.split('/').next().unwrap_or_default();
    if matches!(area, "health" | "dashboard" | "docs" | "openapi.json") {
        return None;
    }
    let is_read = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    Some(match route {
        _ if is_read => Scope::Read,
        "alerts/backtest" => Scope::Read,
        "channels/{id}/test" => Scope::Write,
        _ if area == "channels" => Scope::Admin,
        _ => Scope::Write,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_includes_those_before_it() {
        assert!(Scope::Admin > Scope::Write && Scope::Write > Scope::Read);
    }

    #[test]
    fn what_holds_no_data_needs_nothing_and_what_is_new_needs_a_key() {
        for route in ["health", "health/live", "dashboard/assets/main.js", "docs/{**}", "openapi.json"] {
            assert_eq!(needed(&Method::GET, route), None, "{route}");
        }
        for route in ["", "rates", "metrics", "stream", "healthy", "whatever/{id}"] {
            assert_eq!(needed(&Method::GET, route), Some(Scope::Read), "{route}");
        }
        assert_eq!(needed(&Method::POST, "alerts"), Some(Scope::Write));
        assert_eq!(needed(&Method::POST, "alerts/backtest"), Some(Scope::Read));
        assert_eq!(needed(&Method::PUT, "whatever"), Some(Scope::Write));
        assert_eq!(needed(&Method::POST, "channels/{id}/rotate"), Some(Scope::Admin));
        assert_eq!(needed(&Method::POST, "channels/{id}/test"), Some(Scope::Write));
    }
}
