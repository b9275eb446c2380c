//! The dashboards show what PostgreSQL holds: the search that stands for each panel, against figures computed from the
//! history of rates and of alerts.

mod support;

#[path = "../crates/fx-index/tests/kibana/figures/answer.rs"]
mod answer;
#[path = "../crates/fx-index/tests/kibana/figures/expected.rs"]
mod expected;

use std::io::Read;
use std::time::Instant;

use chrono::{SecondsFormat, TimeDelta};
use fx_domain::clock::Timestamp;
use fx_domain::rate::RateRecord;
use fx_index::kibana::{Catalogue, LastValue, Panel, TimeRange, search};
use fx_store::rates::{HistoryQuery, Order};
use fx_stream::Topic;
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use support::world::{GROUPS, Plan, World};
use support::{Api, PATIENCE, look_again, stored};

const INDEX_GROUPS: [(&str, Topic); 3] =
    [("index", Topic::RatesEnriched), ("index-alerts", Topic::AlertEvents), ("index-deliveries", Topic::Deliveries)];

#[test]
fn every_panel_shows_what_the_database_holds() {
    let world = World::new(Plan { indexed: true, ..Plan::default() });
    let (api_program, api) = world.start_api();
    make_channels(&api);
    stored::create(&api, &alerts());
    delete_a_channel(&api);
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
    acknowledge_all(&api);
    let gone = delete_one_that_fires(&api);
    until_told(&api);
    world.until_published(&api);
    world.until_delivered(&api);
    world.until_read(&INDEX_GROUPS);

    let rates: Vec<Value> = rates(&world).iter().map(document).collect();
    let transitions = api.pages("/alerts/history?limit=1000", "transitions").into_iter();
    let alerts: Vec<Value> = transitions.map(alert_document).collect();
    let deliveries: Vec<Value> =
        api.pages("/deliveries?limit=1000", "deliveries").iter().map(delivery_document).collect();
    assert!(rates.len() > 15_000 && alerts.len() > 50, "{} rates, {} transitions", rates.len(), alerts.len());
    let open = alerts.iter().filter(|told| told["alert_id"] == gone).filter_map(|told| told["open_change"].as_i64());
    assert_eq!(open.sum::<i64>(), 0, "no episode outlives its alert");
    // A range is told in milliseconds.
    let to = newest(&rates).max(newest(&alerts)).max(newest(&deliveries)) + TimeDelta::milliseconds(1);
    let range = TimeRange { from: newest(&rates) - TimeDelta::days(700), to };
    let catalogue = Catalogue::read().expect("right");
    for panel in catalogue.dashboards.iter().flat_map(|dashboard| &dashboard.panels) {
        let view = catalogue.data_view(&panel.data_view).expect("is there");
        let documents = match panel.data_view.as_str() {
            "fx-rates" => &rates,
            "fx-alerts" => &alerts,
            _ => &deliveries,
        };
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
        json!({"name": "high", "pairs": ["*"], "condition": {"kind": "above", "threshold": 1.5}, "clear_threshold": 1.4,
            "channels": ["log", "gone"]}),
        json!({"name": "low", "pairs": ["*"], "condition": {"kind": "below", "threshold": 0.9}, "severity": "critical"}),
        json!({"name": "yen", "pair": "EURJPY", "condition": {"kind": "crosses", "threshold": 163}, "for": "2d"}),
    ]
}

/// Two files: through one of them nothing can be told any more when the first alert fires.
fn make_channels(api: &Api) {
    for name in ["log", "gone"] {
        let channel = json!({"name": name, "kind": "file", "path": format!("{name}.jsonl")});
        assert_eq!(api.send(Method::POST, "/channels", Some(&channel.to_string())).0, 201);
    }
}

fn delete_a_channel(api: &Api) {
    let channels = api.get("/channels");
    let gone = channels["channels"].as_array().and_then(|all| all.iter().find(|it| it["name"] == "gone"));
    let path = format!("/channels/{}", gone.expect("is there")["id"].as_str().expect("an id"));
    assert_eq!(api.send(Method::DELETE, &path, None).0, 204);
}

/// Takes note of everything that fires.
fn acknowledge_all(api: &Api) {
    for alert in api.pages("/alerts?state=firing", "alerts") {
        let path = format!("/alerts/{}/acknowledge", alert["id"].as_str().expect("an id"));
        assert_eq!(api.send(Method::POST, &path, Some(r#"{"by": "ada"}"#)).0, 200);
    }
}

/// Waits until each firing and each end of what has channels has its deliveries.
fn until_told(api: &Api) {
    let is_told = |told: &Value| {
        let opens = told["to"] == "firing" && told["from"] != "recovering";
        let closes = (told["to"] == "normal" || told["to"] == "expired") && !told["episode_id"].is_null();
        told["alert_name"] == "high" && told["notice"].is_null() && (opens || closes)
    };
    let transitions = api.pages("/alerts/history?limit=1000", "transitions");
    let wanted = 2 * transitions.iter().filter(|told| is_told(told)).count();
    let begun = Instant::now();
    while api.pages("/deliveries?limit=1000", "deliveries").len() < wanted {
        assert!(begun.elapsed() < PATIENCE, "{wanted} deliveries are expected");
        look_again();
    }
}

/// Deletes an alert in the middle of an episode.
fn delete_one_that_fires(api: &Api) -> Value {
    let gone = api.pages("/alerts?state=acknowledged", "alerts").remove(0)["id"].take();
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
    let is_by_hand = transition["to"] == "acknowledged";
    let change = if is_by_hand { 0 } else { is_open(&transition["to"]) - is_open(&transition["from"]) };
    transition["open_change"] = json!(change);
    transition["@timestamp"] = transition["at"].take();
    transition
}

/// A delivery as the API tells it, under the names of the index; each tells of one alert.
fn delivery_document(delivery: &Value) -> Value {
    let attempts = delivery["attempts"].as_array().expect("attempts");
    let time = |field: &str| delivery[field].as_str().and_then(|at| at.parse::<Timestamp>().ok()).expect("a time");
    let last = attempts.last().cloned().unwrap_or_default();
    json!({
        "@timestamp": delivery["created_at"],
        "id": delivery["id"],
        "channel": delivery["channel"],
        "status": delivery["status"],
        "reason": delivery["reason"],
        "alert_name": delivery["alert_names"][0],
        "attempts": attempts.len(),
        "code": last["code"],
        "error": last["error"],
        "finished_at": delivery["finished_at"],
        "took_s": (time("finished_at") - time("created_at")).as_seconds_f64(),
    })
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
