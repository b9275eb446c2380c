//! The search that stands for each panel, run against a real server, against figures that are computed here.
//!
//! The server of these tests has no `top_metrics`, by which Kibana asks for the newest value: `top_hits` is asked in its
//! stead, for the same field in the same order.

mod answer;
mod documents;
mod expected;

use chrono::{TimeDelta, Utc};
use fx_index::Family;
use fx_index::kibana::{Catalogue, LastValue, Panel, TimeRange, search};
use fx_testkit::{elasticsearch, unique};
use serde_json::{Value, json};

use documents::{END, of_view};

/// A server with indices of its own.
struct Indices {
    http: reqwest::Client,
    base: String,
    prefix: String,
}

impl Indices {
    async fn filled() -> Self {
        let address = tokio::task::spawn_blocking(elasticsearch::shared).await.expect("starts");
        let base = format!("http://{address}");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let indices = Self { http, base, prefix: format!("{}-", unique()) };
        for family in Family::ALL {
            let settings = if family == Family::Rates { time_series() } else { json!({}) };
            indices.fill(family, of_view(&family.name("")), &settings).await;
        }
        indices
    }

    async fn fill(&self, family: Family, documents: &[Value], settings: &Value) {
        let name = family.name(&self.prefix);
        let index = json!({"settings": settings, "mappings": family.mappings(), "aliases": {name.as_str(): {}}});
        let made = self.http.put(format!("{}/{name}-2026", self.base)).json(&index).send().await.expect("sent");
        assert!(made.status().is_success(), "{}", made.text().await.expect("text"));
        let lines = documents.iter().flat_map(|document| ["{\"index\":{}}\n".to_owned(), format!("{document}\n")]);
        let url = format!("{}/{name}-2026/_bulk?refresh=true", self.base);
        let body: String = lines.collect();
        let request = self.http.post(url).header("content-type", "application/x-ndjson").body(body);
        let written: Value = request.send().await.expect("sent").json().await.expect("JSON");
        assert_eq!(written["errors"], false, "{written}");
    }

    async fn post(&self, panel: &Panel, path: &str, body: &Value) -> Value {
        let url = format!("{}/{}{}/{path}", self.base, self.prefix, panel.data_view);
        let response = self.http.post(url).json(body).send().await.expect("sent");
        let status = response.status();
        let answer: Value = response.json().await.expect("JSON");
        assert!(status.is_success(), "{}: {answer}", panel.id);
        answer
    }

    async fn remove(&self) {
        for family in Family::ALL {
            let url = format!("{}/{}-2026", self.base, family.name(&self.prefix));
            self.http.delete(url).send().await.expect("sent");
        }
    }
}

fn time_series() -> Value {
    json!({
        "index.mode": "time_series",
        "index.routing_path": ["source", "pair"],
        "index.time_series.start_time": "2026-01-01T00:00:00Z",
        "index.time_series.end_time": "2027-01-01T00:00:00Z",
    })
}

/// The time that the panel shows where it is `END` now.
fn range(from: &str) -> TimeRange {
    let to = END.parse::<chrono::DateTime<Utc>>().expect("a time");
    let span = from.strip_prefix("now-").expect("from now");
    let (count, unit) = span.split_at(span.len() - 1);
    let count: i64 = count.parse().expect("a number");
    let span = match unit {
        "h" => TimeDelta::hours(count),
        "d" => TimeDelta::days(count),
        "y" => TimeDelta::days(365 * count),
        other => panic!("{other} is no unit"),
    };
    TimeRange { from: to - span, to }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_shows_the_figures_of_the_documents() {
    let indices = Indices::filled().await;
    let catalogue = Catalogue::read().expect("right");
    let mut seen = 0;
    for dashboard in &catalogue.dashboards {
        for panel in &dashboard.panels {
            let view = catalogue.data_view(&panel.data_view).expect("is there");
            let documents = of_view(&panel.data_view);
            let range = range(panel.from.as_ref().unwrap_or(&dashboard.from));
            let expected = expected::rows(panel, documents, range);
            assert!(!expected.is_empty(), "{} is tried on nothing", panel.id);
            let answer = indices.post(panel, "_search", &search(panel, range, LastValue::TopHits)).await;
            let shown = answer::rows(panel, view, &answer);
            assert_eq!(shown.len(), expected.len(), "{}: {shown:?} are not {expected:?}", panel.id);
            for (shown, expected) in shown.iter().zip(&expected) {
                assert!(answer::is_same(shown, expected), "{}: {shown:?} is not {expected:?}", panel.id);
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 21);
    indices.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_can_be_aggregated() {
    let indices = Indices::filled().await;
    let catalogue = Catalogue::read().expect("right");
    for panel in catalogue.dashboards.iter().flat_map(|dashboard| &dashboard.panels) {
        let capabilities = indices.post(panel, "_field_caps?fields=*", &json!({})).await;
        for field in panel.columns.iter().filter_map(|column| column.field.as_deref()) {
            let kinds = capabilities["fields"][field].as_object().unwrap_or_else(|| panic!("{field} is not there"));
            assert!(kinds.values().all(|kind| kind["aggregatable"] == true), "{}: {field}", panel.id);
        }
    }
    indices.remove().await;
}

/// What these tests do not send: the shape by which Kibana asks.
#[test]
fn kibana_asks_for_the_newest_value_by_top_metrics() {
    let catalogue = Catalogue::read().expect("right");
    let panel = catalogue.dashboards[0].panels.iter().find(|panel| panel.id == "latest").expect("is there");
    let body = search(panel, range("now-24h"), LastValue::TopMetrics);
    let asked = &body["aggs"]["0"]["aggs"]["1"]["aggs"]["2-bucket"];
    assert_eq!(
        *asked,
        json!({
            "filter": {"exists": {"field": "mid"}},
            "aggs": {"2-metric": {
                "top_metrics": {"metrics": {"field": "mid"}, "size": 1, "sort": {"@timestamp": "desc"}}
            }},
        })
    );
}
