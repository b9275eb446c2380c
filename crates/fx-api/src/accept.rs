//! Which media type an answer has, by the `Accept` header (RFC 9110, section 12.5.1).

use salvo::http::StatusCode;
use salvo::http::header::ACCEPT;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::problem::{Problem, shown};

pub(crate) const JSON: &str = "application/json";
pub(crate) const CSV: &str = "text/csv";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const EVENTS: &str = "text/event-stream";
pub(crate) const SVG: &str = "image/svg+xml";
pub(crate) const TEXT: &str = "text/plain";

/// Refuses with 406 who accepts none of these; stands before the handlers of a path.
pub(crate) struct Produces(pub(crate) &'static [&'static str]);

#[async_trait]
impl Handler for Produces {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        if chosen(req, self.0).is_some() {
            return;
        }
        let wanted = accepted(req).collect::<Vec<_>>().join(", ");
        let detail = format!("`{}` is not what this path has, expected {}", shown(&wanted), self.0.join(" or "));
        Problem::new(StatusCode::NOT_ACCEPTABLE, detail).render(req.uri().path(), res);
        ctrl.skip_rest();
    }
}

/// The one of `offered` that the client likes best, the earlier one where it likes two the same.
pub(crate) fn chosen(req: &Request, offered: &[&'static str]) -> Option<&'static str> {
    let mut ranges = accepted(req).flat_map(|value| value.split(',')).map(range).peekable();
    if ranges.peek().is_none() {
        return offered.first().copied();
    }
    let ranges: Vec<_> = ranges.collect();
    let liking = |media: &str| {
        let fitting = ranges.iter().filter_map(|&(range, q)| specificity(range, media).map(|specific| (specific, q)));
        fitting.max_by_key(|&(specific, _)| specific).map_or(0, |(_, q)| q)
    };
    // Of equals `max_by_key` takes the last one.
    offered.iter().copied().rev().max_by_key(|media| liking(media)).filter(|media| liking(media) > 0)
}

fn accepted(req: &Request) -> impl Iterator<Item = &str> {
    req.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok())
}

/// A media range and its weight in thousandths.
fn range(text: &str) -> (&str, u16) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default();
    let weight = parts.find_map(|parameter| parameter.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000 before")]
    let weight = (weight.unwrap_or(0.0).clamp(0.0, 1.0) * 1000.0) as u16;
    (range, weight)
}

/// How closely a range fits a media type; `None` where it does not.
fn specificity(range: &str, media: &str) -> Option<u8> {
    if range == "*/*" {
        return Some(0);
    }
    if range.eq_ignore_ascii_case(media) {
        return Some(2);
    }
    let (kind, any) = range.split_once('/')?;
    (any == "*" && media.split('/').next().is_some_and(|have| have.eq_ignore_ascii_case(kind))).then_some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(accept: Option<&str>) -> Option<&'static str> {
        let mut req = Request::default();
        if let Some(accept) = accept {
            req.headers_mut().insert(ACCEPT, accept.parse().expect("a header"));
        }
        chosen(&req, &[JSON, CSV, NDJSON])
    }

    #[test]
    fn the_best_liked_type_is_chosen() {
        for (accept, expected) in [
            (None, Some(JSON)),
            (Some("*/*"), Some(JSON)),
            (Some("text/csv"), Some(CSV)),
            (Some("text/*"), Some(CSV)),
            (Some("application/json;q=0.5, text/csv"), Some(CSV)),
            (Some("text/html, */*;q=0.8"), Some(JSON)),
            (Some("application/json;q=0, */*"), Some(CSV)),
            (Some("Application/X-NDJSON"), Some(NDJSON)),
            (Some("image/png"), None),
            (Some("text/csv;q=0"), None),
        ] {
            assert_eq!(of(accept), expected, "{accept:?}");
        }
    }
}
