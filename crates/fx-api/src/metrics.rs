//! The metrics of the API.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use metrics::{Counter, Histogram};
use parking_lot::RwLock;
use salvo::http::StatusCode;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

/// Says what each metric means.
pub(crate) fn describe() {
    metrics::describe_counter!("fx_api_requests_total", "requests, by route and class of status");
    metrics::describe_histogram!("fx_api_request_seconds", "time until an answer begins, by route and class of status");
    metrics::describe_counter!("fx_api_refusals_total", "requests that were not let in, by reason");
    metrics::describe_gauge!("fx_api_connections", "connections that are open");
    metrics::describe_counter!("fx_api_connection_refusals_total", "connections that were one too many, by reason");
    metrics::describe_counter!("fx_api_connection_evictions_total", "silent connections that made room, by reason");
    metrics::describe_counter!("fx_api_cache_hits_total", "readings of the cache that it answered");
    metrics::describe_counter!("fx_api_cache_misses_total", "readings of the history in place of the cache");
    metrics::describe_gauge!("fx_api_stream_readers", "readers of /stream");
    metrics::describe_counter!("fx_api_stream_refusals_total", "readers of /stream that were one too many");
    metrics::describe_counter!("fx_api_stream_lagged_messages_total", "messages that slow readers of /stream missed");
    metrics::describe_counter!("fx_api_stream_unreadable_messages_total", "messages that /stream left out, by topic");
}

/// Counts and times every request.
#[derive(Default)]
pub(crate) struct CountRequests {
    /// By the pattern of the route: as many as there are routes.
    routes: RwLock<HashMap<String, Arc<Route>>>,
}

/// The measures of one route by class of status, each registered with its first answer.
#[derive(Default)]
struct Route([OnceLock<Measures>; CLASSES.len()]);

struct Measures {
    requests: Counter,
    seconds: Histogram,
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

#[async_trait]
impl Handler for CountRequests {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let begun = Instant::now();
        ctrl.call_next(req, depot, res).await;
        let status = res.status_code.unwrap_or(StatusCode::OK);
        // The pattern, not the path: a label for every address that somebody tries would never end.
        let pattern = match req.matched_path() {
            "" if status == StatusCode::NOT_FOUND => "none",
            pattern => pattern,
        };
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        let route = self.route(pattern);
        let measures = route.0[class].get_or_init(|| Measures::new(pattern, CLASSES[class]));
        measures.requests.increment(1);
        measures.seconds.record(begun.elapsed());
    }
}

impl CountRequests {
    fn route(&self, pattern: &str) -> Arc<Route> {
        if let Some(route) = self.routes.read().get(pattern) {
            return Arc::clone(route);
        }
        Arc::clone(self.routes.write().entry(pattern.to_owned()).or_default())
    }
}

impl Measures {
    fn new(pattern: &str, status: &'static str) -> Self {
        let route = if pattern == "none" { pattern.to_owned() } else { format!("/{pattern}") };
        Self {
            requests: metrics::counter!("fx_api_requests_total", "route" => route.clone(), "status" => status),
            seconds: metrics::histogram!("fx_api_request_seconds", "route" => route, "status" => status),
        }
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

pub(crate) fn refused(reason: &'static str) {
    metrics::counter!("fx_api_refusals_total", "reason" => reason).increment(1);
}

pub(crate) fn connections(open: usize) {
    metrics::gauge!("fx_api_connections").set(u32::try_from(open).unwrap_or(u32::MAX));
}

pub(crate) fn connection_refused(reason: &'static str) {
    metrics::counter!("fx_api_connection_refusals_total", "reason" => reason).increment(1);
}

pub(crate) fn connection_evicted(reason: &'static str) {
    metrics::counter!("fx_api_connection_evictions_total", "reason" => reason).increment(1);
}

pub(crate) fn cache_hit() {
    metrics::counter!("fx_api_cache_hits_total").increment(1);
}

pub(crate) fn cache_missed() {
    metrics::counter!("fx_api_cache_misses_total").increment(1);
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
