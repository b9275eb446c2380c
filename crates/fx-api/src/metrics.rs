//! The metrics of the API.

use std::time::Instant;

use salvo::http::StatusCode;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

/// Says what each metric means.
pub(crate) fn describe() {
    metrics::describe_counter!("fx_api_requests_total", "requests, by route and class of status");
    metrics::describe_histogram!("fx_api_request_seconds", "time until an answer begins, by route and class of status");
    metrics::describe_gauge!("fx_api_stream_readers", "readers of /stream");
    metrics::describe_counter!("fx_api_stream_refusals_total", "readers of /stream that were one too many");
    metrics::describe_counter!("fx_api_stream_lagged_messages_total", "messages that slow readers of /stream missed");
    metrics::describe_counter!("fx_api_stream_unreadable_messages_total", "messages that /stream left out, by topic");
}

/// Counts and times every request.
pub(crate) struct CountRequests;

#[async_trait]
impl Handler for CountRequests {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let begun = Instant::now();
        ctrl.call_next(req, depot, res).await;
        // The pattern, not the path: a label for every address that somebody tries would never end.
        let route = match req.matched_path() {
            "" if res.status_code == Some(StatusCode::NOT_FOUND) => "none".to_owned(),
            pattern => format!("/{pattern}"),
        };
        let status = class(res.status_code.unwrap_or(StatusCode::OK));
        metrics::counter!("fx_api_requests_total", "route" => route.clone(), "status" => status).increment(1);
        metrics::histogram!("fx_api_request_seconds", "route" => route, "status" => status).record(begun.elapsed());
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// One reader more of `/stream`, until this is dropped.
pub(crate) struct Reading;

impl Reading {
    pub(crate) fn begin() -> Self {
        metrics::gauge!("fx_api_stream_readers").increment(1);
        Self
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        metrics::gauge!("fx_api_stream_readers").decrement(1);
    }
}

pub(crate) fn stream_refused() {
    metrics::counter!("fx_api_stream_refusals_total").increment(1);
}

pub(crate) fn stream_lagged(messages: u64) {
    metrics::counter!("fx_api_stream_lagged_messages_total").increment(messages);
}

pub(crate) fn stream_unreadable(topic: &'static str) {
    metrics::counter!("fx_api_stream_unreadable_messages_total", "topic" => topic).increment(1);
}
