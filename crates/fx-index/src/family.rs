//! The families of indices: what each is called, and what its documents consist of.

use serde_json::{Value, json};

use crate::period::Period;

/// By this an index or a template is known as ours.
pub(crate) const PRODUCT: &str = "fx-monitor";
/// The version of templates and mappings. A mapping can only gain fields: those of older indices are brought to it.
pub(crate) const VERSION: u64 = 3;
/// Before the templates that the server brings along.
const PRIORITY: u64 = 200;

/// Indices of one kind, behind one alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `fx-rates`: time series, known by source, pair and source time.
    Rates,
    /// `fx-alerts`: transitions of alerts, known by their id.
    Alerts,
    /// `fx-deliveries`: deliveries that are finished, known by their id.
    Deliveries,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rates, Self::Alerts, Self::Deliveries];

    /// The name of its alias and template, and the first part of its indices' names.
    pub fn name(self, prefix: &str) -> String {
        let name = match self {
            Self::Rates => "fx-rates",
            Self::Alerts => "fx-alerts",
            Self::Deliveries => "fx-deliveries",
        };
        format!("{prefix}{name}")
    }

    /// The fields of its documents: strict, what is not named here is refused.
    pub fn mappings(self) -> Value {
        let properties = match self {
            Self::Rates => rates(),
            Self::Alerts => alerts(),
            Self::Deliveries => deliveries(),
        };
        json!({"dynamic": "strict", "_meta": meta(), "properties": properties})
    }

    /// The field by which the newer of two versions of a document is known; `None` where none ever changes.
    pub(crate) fn version_field(self) -> Option<&'static str> {
        match self {
            Self::Rates => Some("fetched_at"),
            Self::Alerts => None,
            Self::Deliveries => Some("finished_at"),
        }
    }

    /// The index template. The server makes no index by it unasked: one without its bounds would be of no use.
    pub(crate) fn template(self, prefix: &str) -> Value {
        let name = self.name(prefix);
        json!({
            "index_patterns": [format!("{name}-*")],
            "priority": PRIORITY,
            "allow_auto_create": false,
            "_meta": meta(),
            "template": {"settings": settings(), "mappings": self.mappings(), "aliases": {name: {}}},
        })
    }

    /// An index for one period. It is complete, so that no template of somebody else's changes what it is.
    pub(crate) fn index(self, prefix: &str, period: Period) -> Value {
        let mut settings = settings();
        if self == Self::Rates {
            let (start, end) = period.bounds();
            settings["index.mode"] = json!("time_series");
            settings["index.routing_path"] = json!(["source", "pair"]);
            settings["index.time_series.start_time"] = json!(start);
            settings["index.time_series.end_time"] = json!(end);
        }
        json!({"settings": settings, "mappings": self.mappings(), "aliases": {self.name(prefix): {}}})
    }
}

fn meta() -> Value {
    json!({"product": PRODUCT, "version": VERSION})
}

fn settings() -> Value {
    // On one node there is nowhere to put a copy.
    json!({"index.auto_expand_replicas": "0-1"})
}

fn rates() -> Value {
    let (keyword, time, gauge) = (
        json!({"type": "keyword"}),
        json!({"type": "date_nanos"}),
        json!({"type": "double", "time_series_metric": "gauge"}),
    );
    let dimension = json!({"type": "keyword", "time_series_dimension": true});
    json!({
        "@timestamp": time,
        "source": dimension,
        "pair": dimension,
        "base": keyword,
        "quote": keyword,
        "kind": keyword,
        "mid": gauge,
        "bid": gauge,
        "ask": gauge,
        "price_stddev_20": gauge,
        "realized_vol": gauge,
        "ewma_vol": gauge,
        "precision_bp": gauge,
        "derived": {"type": "boolean"},
        "quality": keyword,
        "reason": keyword,
        "fetched_at": time,
        "ingested_at": time,
    })
}

fn alerts() -> Value {
    let (keyword, number) = (json!({"type": "keyword"}), json!({"type": "double"}));
    let time = json!({"type": "date_nanos"});
    json!({
        "@timestamp": time,
        "id": keyword,
        "alert_id": keyword,
        "alert_name": keyword,
        "episode_id": keyword,
        "pair": keyword,
        "from": keyword,
        "to": keyword,
        "open_change": {"type": "byte"},
        "source": keyword,
        "source_ts": time,
        "value": number,
        "kind": keyword,
        "threshold": number,
        "severity": keyword,
        "message": {"type": "text"},
        "measured": number,
        "notice": keyword,
        "by": keyword,
        "comment": {"type": "text"},
        "took_s": number,
    })
}

fn deliveries() -> Value {
    let (keyword, time) = (json!({"type": "keyword"}), json!({"type": "date_nanos"}));
    // What a server answers may be of any length; a term in the index may not.
    let words = json!({"type": "keyword", "ignore_above": 2000});
    json!({
        "@timestamp": time,
        "id": keyword,
        "channel": keyword,
        "status": keyword,
        "reason": words,
        "transitions": keyword,
        "alert_id": keyword,
        "alert_name": keyword,
        "attempts": {"type": "long"},
        "code": {"type": "long"},
        "error": words,
        "finished_at": time,
        "took_s": {"type": "double"},
    })
}
