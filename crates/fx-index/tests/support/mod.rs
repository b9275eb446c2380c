//! What the tests of the index have in common.

#![allow(dead_code, reason = "each test binary uses its part")]

use chrono::TimeDelta;
use fx_config::{IndexBackend, IndexSettings};
use fx_domain::batch::Price;
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, Market};
use fx_domain::pair::Pair;
use fx_domain::rate::{EnrichedBatch, Origin, Published, Quality, Rate, Sides, Volatility};
use fx_index::{Index, Pending};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) const PAIRS: [&str; 3] = ["EURUSD", "USDJPY", "EURJPY"];

/// Settings for the node at this URL, with a prefix that no other test has.
pub(crate) fn settings(url: &str) -> IndexSettings {
    let mut settings = IndexSettings { backend: IndexBackend::Elasticsearch, ..IndexSettings::default() };
    url.clone_into(&mut settings.elasticsearch.url);
    settings.elasticsearch.prefix = format!("{}-", fx_testkit::unique());
    settings
}

/// An index on the shared node, as a test sees it.
pub(crate) struct World {
    pub(crate) settings: IndexSettings,
    pub(crate) index: Index,
    http: reqwest::Client,
}

impl World {
    pub(crate) fn new() -> Self {
        let address = tokio::task::block_in_place(fx_testkit::elasticsearch::shared);
        Self::of(settings(&format!("http://{address}")))
    }

    pub(crate) fn of(settings: IndexSettings) -> Self {
        let index = Index::connect(&settings).expect("settings of Elasticsearch");
        Self { settings, index, http: reqwest::Client::new() }
    }

    /// The same name behind this test's prefix.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.settings.elasticsearch.prefix)
    }

    /// Asks the server itself.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}/{path}", self.settings.elasticsearch.url);
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the server answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("JSON"))
    }

    pub(crate) async fn put(&self, path: &str, body: Value) {
        let (status, answer) = self.ask(Method::PUT, path, Some(body)).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// What stands behind the alias of this name, searched for after a refresh, oldest first.
    pub(crate) async fn documents(&self, name: &str) -> Vec<Value> {
        let alias = self.name(name);
        self.ask(Method::POST, &format!("{alias}/_refresh"), None).await;
        let body = json!({"size": 10_000, "sort": ["@timestamp", {"pair": {"unmapped_type": "keyword"}}]});
        let (status, answer) = self.ask(Method::POST, &format!("{alias}/_search"), Some(body)).await;
        assert_eq!(status, 200, "{answer}");
        let hits = answer["hits"]["hits"].as_array().expect("hits");
        hits.iter().map(|hit| hit["_source"].clone()).collect()
    }

    pub(crate) async fn count(&self, name: &str) -> usize {
        self.documents(name).await.len()
    }

    /// How many documents stand behind the alias of this name.
    pub(crate) async fn total(&self, name: &str) -> u64 {
        self.matching(name, json!({"match_all": {}})).await
    }

    /// How many rates from that time to that time have this mid.
    pub(crate) async fn count_of(&self, from: Timestamp, to: Timestamp, mid: f64) -> u64 {
        let filter = json!([{"range": {"@timestamp": {"gte": from, "lte": to}}}, {"term": {"mid": mid}}]);
        self.matching("fx-rates", json!({"bool": {"filter": filter}})).await
    }

    async fn matching(&self, name: &str, query: Value) -> u64 {
        let alias = self.name(name);
        self.ask(Method::POST, &format!("{alias}/_refresh"), None).await;
        let (status, answer) = self.ask(Method::POST, &format!("{alias}/_count"), Some(json!({"query": query}))).await;
        assert_eq!(status, 200, "{answer}");
        answer["count"].as_u64().expect("a count")
    }

    /// Writes the rates of these batches.
    pub(crate) async fn write(&self, batches: &[EnrichedBatch]) -> Pending {
        let mut pending = Pending::of_rates(batches).expect("plain data");
        self.index.write(&mut pending).await.expect("it is written");
        pending
    }

    /// The names of the indices of this family, in their order.
    pub(crate) async fn indices(&self, name: &str) -> Vec<String> {
        let (_, answer) = self.ask(Method::GET, &format!("{}-*/_alias", self.name(name)), None).await;
        let mut names: Vec<String> = answer.as_object().expect("indices").keys().cloned().collect();
        names.sort();
        names.iter().map(|name| name.trim_start_matches(&self.settings.elasticsearch.prefix).to_owned()).collect()
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// Some pairs at that time, in a version of `hours` later, with figures of that version.
pub(crate) fn batch(source_ts: Timestamp, hours: i64) -> EnrichedBatch {
    let fetched_at = source_ts + TimeDelta::hours(hours);
    let rates = PAIRS.iter().map(|pair| rate(pair.parse().expect("a pair"), hours)).collect();
    EnrichedBatch {
        source: "test".parse().expect("a source"),
        kind: FeedKind::Table,
        market: Market::Spot,
        source_ts,
        fetched_at,
        ingested_at: fetched_at + TimeDelta::microseconds(1),
        rates,
        status: None,
    }
}

fn rate(pair: Pair, hours: i64) -> Rate {
    let is_derived = pair.to_string() == "EURJPY";
    let legs = ["EURUSD", "USDJPY"].map(|leg| leg.parse().expect("a pair"));
    let published = Published { pair, price: Price::Mid(format!("1.{hours:03}").parse().expect("a figure")) };
    Rate {
        pair,
        sides: Sides::of(&published.price),
        origin: if is_derived { Origin::Derived(legs) } else { Origin::Published(Box::new(published)) },
        precision_bp: 0.5,
        quality: Quality::Ok,
        reason: None,
        volatility: Volatility { ewma_vol: Some(0.07), ..Volatility::default() },
        older_leg_ts: None,
    }
}

/// One batch a day from that day on.
pub(crate) fn days(from: &str, count: i64) -> Vec<EnrichedBatch> {
    (0..count).map(|day| batch(at(from) + TimeDelta::days(day), 1)).collect()
}
