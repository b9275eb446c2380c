//! Why a request is not let in, and how it is told.

use std::time::Duration;

use salvo::http::header::{HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use salvo::http::{HeaderValue, StatusCode};
use salvo::{Request, Response};

use super::scope::Scope;
use crate::metrics;
use crate::problem::Problem;

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NoKey,
    NoBearer,
    UnknownKey,
    /// The key has less than what is needed.
    Scope {
        has: Scope,
        needed: Scope,
    },
    /// The key sent more than it may.
    KeyRate(Duration),
    /// The address sent more without a key than it may.
    AddressRate(Duration),
}

impl Refusal {
    pub(super) fn answer(self, req: &Request, res: &mut Response) {
        metrics::refused(self.reason());
        Problem::new(self.status(), self.detail()).render(req.uri().path(), res);
        if let Some((name, value)) = self.header() {
            res.headers_mut().insert(name, value);
        }
    }

    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::NoBearer => "no_bearer",
            Self::UnknownKey => "unknown_key",
            Self::Scope { .. } => "scope",
            Self::KeyRate(_) => "key_rate",
            Self::AddressRate(_) => "address_rate",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NoKey | Self::NoBearer | Self::UnknownKey => StatusCode::UNAUTHORIZED,
            Self::Scope { .. } => StatusCode::FORBIDDEN,
            Self::KeyRate(_) | Self::AddressRate(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// Never says what was presented.
    fn detail(self) -> String {
        match self {
            Self::NoKey => "an API key is needed, in the header `Authorization: Bearer KEY`".to_owned(),
            Self::NoBearer => "the header Authorization has no API key, expected `Bearer KEY`, once".to_owned(),
            Self::UnknownKey => "the API key is not known, it may have been revoked".to_owned(),
            Self::Scope { has, needed } => {
                format!("the API key has the scope {has}, and this needs {needed}")
            }
            Self::KeyRate(wait) => format!("the API key sends more than it may, try again in {} s", seconds(wait)),
            Self::AddressRate(wait) => {
                format!("too many requests without a valid API key from this address, try again in {} s", seconds(wait))
            }
        }
    }

    /// As RFC 6750 and RFC 6585 want it.
    fn header(self) -> Option<(HeaderName, HeaderValue)> {
        let challenge = match self {
            Self::NoKey => "Bearer".to_owned(),
            Self::NoBearer => "Bearer error=\"invalid_request\"".to_owned(),
            Self::UnknownKey => "Bearer error=\"invalid_token\"".to_owned(),
            Self::Scope { needed, .. } => format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\""),
            Self::KeyRate(wait) | Self::AddressRate(wait) => return Some((RETRY_AFTER, seconds(wait).into())),
        };
        Some((WWW_AUTHENTICATE, challenge.parse().ok()?))
    }
}

/// Whole seconds, and never none.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0).max(u64::from(wait.as_secs() == 0))
}
