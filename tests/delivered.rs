//! `kill -9` of the engine and its dispatcher in the middle of 500 firings: each episode has one transition, each transition
//! reaches the receiver, and whatever comes twice comes under the same id.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fx_stream::{Record, Topic};
use serde_json::{Value, json};
use support::world::{GROUPS, Plan, World};
use support::{Api, PATIENCE, Service, expected, look_again, offline_and_empty, recorded, stored};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const FIRINGS: usize = 500;
const KILLS: usize = 6;

/// What has come: the ids of messages by the transition that they tell of.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<BTreeMap<String, Vec<String>>>>);

impl Received {
    fn take(&self, request: &Request) {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let transition = body["data"]["id"].as_str().expect("an id").to_owned();
        let id = request.headers["webhook-id"].to_str().expect("text").to_owned();
        self.0.lock().expect("no panic").entry(transition).or_default().push(id);
    }

    fn all(&self) -> BTreeMap<String, Vec<String>> {
        self.0.lock().expect("no panic").clone()
    }
}

/// A receiver that takes its time, so that something is always under way.
fn receiver(world: &World) -> (MockServer, Received) {
    let received = Received::default();
    let taking = received.clone();
    let answer = move |request: &Request| {
        taking.take(request);
        ResponseTemplate::new(200).set_delay(Duration::from_millis(10))
    };
    let server = world.runtime.block_on(async {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        server
    });
    (server, received)
}

/// EUR/USD above 1.1 and below it in turn: each batch a transition that is told.
fn batches(count: usize) -> Vec<Record> {
    let begin: chrono::DateTime<chrono::Utc> = "2026-10-05T00:00:00Z".parse().expect("a time");
    let batch = |number: usize| {
        let at = (begin + chrono::TimeDelta::minutes(i64::try_from(number).expect("few"))).to_rfc3339();
        let mid = if number.is_multiple_of(2) { 1.2 } else { 1.0 };
        let batch = json!({"v": 1, "source": "ecb", "kind": "table", "market": "target", "base": "EUR", "source_ts": at,
            "fetched_at": at, "quotes": [{"code": "USD", "mid": mid, "scale": 1}]});
        Record { key: Some("ecb".to_owned()), payload: batch.to_string().into(), ..Record::default() }
    };
    (0..count).map(batch).collect()
}

fn post(api: &Api, path: &str, body: &Value) {
    let (status, answer) = api.send(reqwest::Method::POST, path, Some(&body.to_string()));
    assert_eq!(status, 201, "{answer}");
}

#[test]
fn killed_in_the_middle_of_500_firings_every_one_is_told_under_one_id() {
    let world = World::new(Plan::default());
    let (server, received) = receiver(&world);
    let (_api, api) = world.start_api();
    post(&api, "/channels", &json!({"name": "ops", "kind": "webhook", "url": server.uri()}));
    let condition = json!({"kind": "above", "threshold": 1.1});
    post(
        &api,
        "/alerts",
        &json!({"name": "a", "pair": "EURUSD", "source": "ecb", "condition": condition, "channels": ["ops"]}),
    );
    let _consumer = world.start("fx-consumer", &[]);
    let mut engine = world.start("fx-alert-engine", &[]);
    let log = world.log();
    for records in batches(2 * FIRINGS).chunks(10) {
        world.runtime.block_on(log.publish(Topic::Rates, records.to_vec())).expect("the log takes it");
    }
    // Each time when so much more has come: in the middle of evaluating, of telling, and of what the last one left.
    for kill in 0..KILLS {
        let begun = Instant::now();
        while received.all().len() < kill * 2 * FIRINGS / (KILLS + 1) + 1 {
            assert!(begun.elapsed() < PATIENCE, "{} have come\n{}", received.all().len(), world.logs());
            look_again();
        }
        engine.kill_and_start_again(&world);
    }
    world.until_read(&GROUPS);

    let told = stored::transitions(&api);
    let firings = told.iter().filter(|one| one["to"] == "firing").count();
    assert_eq!((firings, told.len()), (FIRINGS, 2 * FIRINGS), "{}", world.logs());
    let begun = Instant::now();
    while received.all().len() < 2 * FIRINGS || api.get("/deliveries?status=pending")["count"] != 0 {
        assert!(begun.elapsed() < PATIENCE, "{} have come\n{}", received.all().len(), world.logs());
        look_again();
    }
    let deliveries = api.pages("/deliveries?limit=1000", "deliveries");
    assert!(deliveries.iter().all(|one| one["status"] == "delivered"));
    let ids: BTreeMap<String, String> =
        deliveries.iter().map(|one| (text(&one["transitions"][0]), text(&one["id"]))).collect();
    assert_eq!(ids.len(), 2 * FIRINGS, "each transition has one delivery");
    let mut again = 0;
    for (transition, messages) in received.all() {
        again += messages.len() - 1;
        let different: BTreeSet<&String> = messages.iter().collect();
        assert_eq!(different.into_iter().collect::<Vec<_>>(), [&ids[&transition]], "one id");
    }
    eprintln!("{again} of {} came again", 2 * FIRINGS);
    engine.stop();
}

#[test]
fn killed_in_one_process_it_leaves_nothing_untold() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let service = Service::start_with(folder.path(), &offline_and_empty(), &[]);
    post(&service, "/channels", &json!({"name": "log", "kind": "file", "path": "alerts.jsonl"}));
    for mut alert in stored::alerts() {
        alert["channels"] = json!(["log"]);
        post(&service, "/alerts", &alert);
    }
    service.stop();
    let replay = || {
        let arguments = ["--replay", &file.to_string_lossy(), "--speed", "max"];
        Service::start_with(folder.path(), &offline_and_empty(), &arguments)
    };
    for kill in 1..=KILLS {
        let service = replay();
        service.until("/deliveries?limit=1000", |page| page["count"].as_u64() >= Some(10 * kill as u64));
        service.kill();
    }
    let service = replay();
    service.until("/rates/EURUSD/history?order=desc&limit=1", |page| {
        page["points"][0]["source_ts"] == "2026-10-30T15:00:00Z"
    });
    expected::until_read(&service);
    service.until("/deliveries?status=pending", |page| page["count"] == 0);
    let told = service.pages("/alerts/history?limit=1000", "transitions");
    let deliveries = service.pages("/deliveries?limit=1000", "deliveries");
    let expected: BTreeMap<String, String> =
        deliveries.iter().map(|one| (text(&one["transitions"][0]), text(&one["id"]))).collect();
    let firings = told.iter().filter(|one| one["to"] == "firing" && one["from"] != "recovering");
    assert!(firings.clone().count() > 40, "the alerts have something to tell");
    assert!(firings.clone().all(|one| expected.contains_key(&text(&one["id"]))), "each is told");
    let lines = std::fs::read_to_string(folder.path().join("deliveries/alerts.jsonl")).expect("a file");
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let written: BTreeSet<(String, String)> =
        lines.map(|line| (text(&line["data"]["id"]), text(&line["id"]))).collect();
    assert_eq!(written, expected.into_iter().collect(), "each stands there under its one id");
    service.stop();
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}
