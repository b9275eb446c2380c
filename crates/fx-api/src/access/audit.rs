//! One line for each request that would change something: who, what, and what came of it. Never a body.

use salvo::http::header::LOCATION;
use salvo::{Request, Response};

use super::door::Verdict;
use super::peer::peer;
use super::refusal::Refusal;
use crate::problem::shown;

/// Writes the line of a request that was answered.
pub(super) fn record(verdict: &Verdict, req: &Request, res: &Response) {
    let key = verdict.key.as_ref().map_or("none", |key| &key.entry.name);
    let peer = peer(req.remote_addr()).map_or_else(|| "unknown".to_owned(), |peer| peer.to_string());
    let status = res.status_code.map_or(200, |status| status.as_u16());
    let id = created(res).or_else(|| req.param::<String>("id")).unwrap_or_default();
    let (method, path) = (req.method().as_str(), shown(req.uri().path()));
    tracing::info!(
        target: "audit",
        key,
        %peer,
        method,
        path,
        status,
        id = shown(&id),
        refused = verdict.refusal.map(Refusal::reason),
        "{method} {status}"
    );
}

fn created(res: &Response) -> Option<String> {
    let location = res.headers().get(LOCATION)?.to_str().ok()?;
    location.rsplit_once('/').map(|(_, id)| id.to_owned())
}
