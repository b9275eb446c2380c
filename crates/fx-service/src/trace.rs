//! The way of a batch from its fetch to the sinks: a `traceparent` header on every message, and spans where
//! `telemetry.otlp_endpoint` says where to send them.
//!
//! ```
//! use fx_service::trace;
//! let fetch = trace::span("fetch", None);
//! let header = fetch.traceparent();
//! // …and in whoever reads the message:
//! let _span = trace::span("enrich", Some(&header));
//! ```

mod otlp;
mod parent;

use opentelemetry::trace::Span as _;
use opentelemetry::{KeyValue, Value};

pub(crate) use otlp::Exporter;
pub use parent::TraceParent;

/// A piece of work, which ends when this is dropped.
#[must_use = "the work is under way only while this lives"]
pub struct Span {
    at: TraceParent,
    recorded: Option<opentelemetry_sdk::trace::Span>,
}

/// Begins a piece of work that follows from the one that `parent` names; without one, or where it cannot be read, it
/// begins a trace. For a chunk of messages the parent is that of the last. Costs next to nothing where no spans are sent.
pub fn span(name: &'static str, parent: Option<&str>) -> Span {
    let parent = parent.and_then(|parent| parent.parse::<TraceParent>().ok());
    match otlp::begin(name, parent) {
        Some((at, recorded)) => Span { at, recorded: Some(recorded) },
        None => Span { at: parent.map_or_else(TraceParent::generate, TraceParent::child), recorded: None },
    }
}

impl Span {
    /// What the messages that come of this work bear as their header.
    pub fn traceparent(&self) -> String {
        self.at.to_string()
    }

    /// Says more about the work, such as how many messages there were.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        if let Some(recorded) = &mut self.recorded {
            recorded.set_attribute(KeyValue::new(name, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_goes_on_the_trace_of_its_parent_and_begins_one_without() {
        let fetch = span("fetch", None);
        let enrich = span("enrich", Some(&fetch.traceparent()));
        assert_eq!(fetch.traceparent()[..36], enrich.traceparent()[..36]);
        assert_ne!(fetch.traceparent(), enrich.traceparent());
        assert_ne!(span("enrich", Some("rubbish")).traceparent()[..36], fetch.traceparent()[..36]);
    }
}
