//! The dashboards show what PostgreSQL holds: the search that stands for each panel, against figures computed from the
//! history of rates and of alerts.

mod support;

#[path = "../crates/fx-index/tests/kibana/figures/answer.rs"]
mod answer;
#[path = "../crates/fx-index/tests/kibana/figures/expected.rs"]
mod expected;

use std::io::Read;

use chrono::{SecondsFormat, TimeDelta};
use fx_domain::clock::Timestamp;
use fx_domain::rate::RateRecord;
use fx_index::kibana::{Catalogue, LastValue, Panel, TimeRange, search};
use fx_store::rates::{HistoryQuery, Order};
use fx_stream::Topic;
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use support::Api;
use support::stored;
use support::world::{GROUPS, Plan, World};

const INDEX_GROUPS: [(&str, Topic); 2] = [("index", Topic::RatesEnriched), ("index-alerts", Topic::AlertEvents)];

#[test]
fn every_panel_shows_what_the_database_holds() {
    let world = World::new(Plan { indexed: true, ..Plan::default() });
    let (api_program, api) = world.start_api();
    stored::create(&api, &alerts());
    let mut consumer = world.start("fx-consumer", &[]);
    let mut engine = world.start("fx-alert-engine", &[]);
    for program in [&mut consumer, &mut engine] {
        program.until_ready();
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ecb.csv");
    std::fs::write(&file, bundled()).expect("written");
    world.replay(&file, &[]);
    world.until_read(&GROUPS);
    let gone = delete_one_that_fires(&api);
    world.until_published(&api);
    world.until_read(&INDEX_GROUPS);

    let rates: Vec<Value> = rates(&world).iter().map(document).collect();
    let transitions = api.pages("/alerts/history?limit=1000", "transitions").into_iter();
    let alerts: Vec<Value> = transitions.map(alert_document).collect();
    assert!(rates.len() > 15_000 && alerts.len() > 50, "{} rates, {} transitions", rates.len(), alerts.len());
    let open = alerts.iter().filter(|told| told["alert_id"] == gone).filter_map(|told| told["open_change"].as_i64());
    assert_eq!(open.sum::<i64>(), 0, "no episode outlives its alert");
    // A range is told in milliseconds.
    let to = newest(&rates).max(newest(&alerts)) + TimeDelta::milliseconds(1);
    let range = TimeRange { from: newest(&rates) - TimeDelta::days(700), to };
    let catalogue = Catalogue::read().expect("right");
    for panel in catalogue.dashboards.iter().flat_map(|dashboard| &dashboard.panels) {
        let view = catalogue.data_view(&panel.data_view).expect("is there");
        let documents = if panel.data_view == "fx-rates" { &rates } else { &alerts };
        let expected = expected::rows(panel, documents, range);
        assert!(!expected.is_empty(), "{} is tried on nothing", panel.id);
        let shown = answer::rows(panel, view, &ask(&world, panel, range));
        assert_eq!(shown.len(), expected.len(), "{}", panel.id);
        for (shown, expected) in shown.iter().zip(&expected) {
            assert!(answer::is_same(shown, expected), "{}: {shown:?} is not {expected:?}", panel.id);
        }
    }
    for program in [consumer, engine, api_program] {
        program.stop();
    }
}

/// Rules that have something to tell of any two years, of each severity; some of what fires is open at the end.
fn alerts() -> Vec<Value> {
    vec![
        json!({"name": "up", "pairs": ["*"], "condition": {"kind": "crosses_up", "threshold": 1.1}, "severity": "info"}),
        json!({"name": "high", "pairs": ["*"], "condition": {"kind": "above", "threshold": 1.5}, "clear_threshold": 1.4}),
        json!({"name": "low", "pairs": ["*"], "condition": {"kind": "below", "threshold": 0.9}, "severity": "critical"}),
        json!({"name": "yen", "pair": "EURJPY", "condition": {"kind": "crosses", "threshold": 163}, "for": "2d"}),
    ]
}

/// Deletes an alert in the middle of an episode.
fn delete_one_that_fires(api: &Api) -> Value {
    let gone = api.pages("/alerts?state=firing", "alerts").remove(0)["id"].take();
    let path = format!("/alerts/{}", gone.as_str().expect("an id"));
    assert_eq!(api.send(Method::DELETE, &path, None).0, 204);
    gone
}

fn newest(documents: &[Value]) -> Timestamp {
    documents.iter().filter_map(|one| one["@timestamp"].as_str()?.parse().ok()).max().expect("documents")
}

/// The history that comes with the programs: two years of the ECB.
fn bundled() -> Vec<u8> {
    let compressed = include_bytes!("../crates/fx-producer/bundled/ecb-2y.csv.gz");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut text).expect("readable");
    text
}

/// Every rate in the history of every pair.
fn rates(world: &World) -> Vec<RateRecord> {
    let store = world.store().rates();
    let latest = world.runtime.block_on(store.latest()).expect("the store answers");
    let history = |newest: RateRecord| {
        let (source, pair) = (newest.source, newest.rate.pair);
        let query =
            HistoryQuery { source, pair, from: None, to: None, order: Order::Ascending, after: None, limit: 1_000_000 };
        world.runtime.block_on(store.history(query)).expect("the store answers")
    };
    latest.into_iter().flat_map(history).collect()
}

/// A stored rate under the names of the index.
fn document(record: &RateRecord) -> Value {
    let RateRecord { source, source_ts, fetched_at, ingested_at, rate } = record;
    json!({
        "@timestamp": written(*source_ts),
        "source": source,
        "pair": rate.pair,
        "mid": rate.sides.mid,
        "bid": rate.sides.bid_ask.map(|(bid, _)| bid),
        "ask": rate.sides.bid_ask.map(|(_, ask)| ask),
        "price_stddev_20": rate.volatility.price_stddev_20,
        "realized_vol": rate.volatility.realized_vol,
        "ewma_vol": rate.volatility.ewma_vol,
        "precision_bp": rate.precision_bp,
        "derived": rate.is_derived(),
        "quality": rate.quality,
        "fetched_at": written(*fetched_at),
        "ingested_at": written(*ingested_at),
    })
}

/// A transition as the API tells it, with what the index has beside.
fn alert_document(mut transition: Value) -> Value {
    let is_open = |state: &Value| i32::from(*state == "firing" || *state == "recovering");
    transition["open_change"] = json!(is_open(&transition["to"]) - is_open(&transition["from"]));
    transition["@timestamp"] = transition["at"].take();
    transition
}

fn written(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn ask(world: &World, panel: &Panel, range: TimeRange) -> Value {
    let settings = &world.settings.index.elasticsearch;
    let url = format!("{}/{}{}", settings.url, settings.prefix, panel.data_view);
    let client = Client::builder().no_proxy().build().expect("a client");
    client.post(format!("{url}/_refresh")).send().expect("the server answers");
    // The server of these tests has no `top_metrics`.
    let answer = client.post(format!("{url}/_search")).json(&search(panel, range, LastValue::TopHits)).send();
    answer.expect("the server answers").json().expect("JSON")
}
