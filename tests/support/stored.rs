//! What is stored, in a form that runs can be compared by.

use std::collections::BTreeSet;

use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::pair::all_pairs;
use fx_domain::rate::RateRecord;
use fx_store::rates::{HistoryQuery, Order, RateStore};
use serde_json::{Value, json};

use super::Api;

const CODES: [&str; 9] = ["EUR", "GBP", "AUD", "USD", "CAD", "CHF", "CNY", "JPY", "INR"];

/// Every stored rate of a source, but for when it entered the log.
pub(crate) async fn rates(store: &dyn RateStore, source: &str) -> Vec<RateRecord> {
    let currencies = CODES.map(|code| code.parse::<Currency>().expect("a currency"));
    let mut records = Vec::new();
    for pair in all_pairs(&currencies) {
        let source = source.parse().expect("a source");
        let query =
            HistoryQuery { source, pair, from: None, to: None, order: Order::Ascending, after: None, limit: 1_000_000 };
        records.extend(store.history(query).await.expect("the store answers"));
    }
    records.into_iter().map(without_entry).collect()
}

/// The rate without the time at which it entered the log, which differs from run to run.
pub(crate) fn without_entry(record: RateRecord) -> RateRecord {
    RateRecord { ingested_at: Timestamp::UNIX_EPOCH, ..record }
}

/// Every transition without what differs from run to run; none may stand there twice, and no episode open twice.
pub(crate) fn transitions(api: &Api) -> Vec<Value> {
    let mut transitions = api.pages("/alerts/history?limit=1000", "transitions");
    let ids: BTreeSet<String> = transitions.iter().map(|one| one["id"].to_string()).collect();
    assert_eq!(ids.len(), transitions.len(), "no transition comes twice");
    let opened = transitions.iter().filter(|one| one["to"] == "firing" && one["from"] != "recovering");
    let opened: Vec<String> = opened.map(|one| one["episode_id"].to_string()).collect();
    let episodes: BTreeSet<&String> = opened.iter().collect();
    assert_eq!(episodes.len(), opened.len(), "every episode fires exactly once");
    for transition in &mut transitions {
        for varying in ["id", "alert_id", "episode_id", "at"] {
            transition.as_object_mut().expect("an object").remove(varying);
        }
        transition["message"] = timeless(transition["message"].as_str().expect("words")).into();
    }
    transitions.sort_by_key(ToString::to_string);
    transitions
}

/// Without how old the rate was by the log's time, and since when by that the episode had been open.
fn timeless(message: &str) -> String {
    let parts = message.split("; ").filter(|part| !part.starts_with("rate of "));
    let parts: Vec<&str> = parts.map(|part| part.split(", open since ").next().unwrap_or(part)).collect();
    parts.join("; ")
}

/// Alerts that have much to tell of the ECB's history.
pub(crate) fn alerts() -> Vec<Value> {
    vec![
        json!({"name": "a", "pair": "EURUSD", "condition": {"kind": "above", "threshold": 1.3}, "clear_threshold": 1.28}),
        json!({"name": "b", "pair": "EURUSD", "condition": {"kind": "crosses", "threshold": 1.2}, "cooldown": "10d"}),
        json!({"name": "c", "pair": "USDJPY", "condition": {"kind": "below", "threshold": 100}, "for": "2d", "min_updates": 3}),
        json!({"name": "d", "pairs": ["*"], "condition": {"kind": "crosses_up", "threshold": 1.5}}),
    ]
}

/// Creates alerts through the API.
pub(crate) fn create(api: &Api, alerts: &[Value]) {
    for alert in alerts {
        let (status, answer) = api.send(reqwest::Method::POST, "/alerts", Some(&alert.to_string()));
        assert_eq!(status, 201, "{answer}");
    }
}
