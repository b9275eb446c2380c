//! Versions of rules: `ETag` on answers, `If-Match` on changes.

use fx_domain::clock::Timestamp;
use salvo::http::header::{ETAG, IF_MATCH};
use salvo::http::{HeaderValue, StatusCode};
use salvo::{Request, Response};

use crate::problem::{Problem, shown};

/// The version that a change is for, where it says so.
pub(super) struct IfMatch(Option<String>);

impl IfMatch {
    pub(super) fn of(req: &Request) -> Self {
        Self(req.headers().get(IF_MATCH).map(|tags| tags.to_str().unwrap_or_default().to_owned()))
    }

    pub(super) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Refuses where the rule has another version by now.
    pub(super) fn check(&self, updated_at: Timestamp) -> Result<(), Problem> {
        let Some(tags) = &self.0 else { return Ok(()) };
        let version = tag(updated_at);
        if tags.split(',').any(|tag| tag.trim() == "*" || tag.trim() == version) {
            return Ok(());
        }
        let detail = format!("the alert is now at version {version}, not at {}; read it again", shown(tags));
        Err(Problem::new(StatusCode::PRECONDITION_FAILED, detail))
    }
}

/// The version of the rule; its states come and go without one.
pub(super) fn show(res: &mut Response, updated_at: Timestamp) {
    if let Ok(etag) = HeaderValue::from_str(&tag(updated_at)) {
        res.headers_mut().insert(ETAG, etag);
    }
}

fn tag(updated_at: Timestamp) -> String {
    format!("\"{:x}\"", updated_at.timestamp_micros())
}
