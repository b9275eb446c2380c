//! How long after the commit of a transition its webhook arrives, at 50 transitions a second on loopback, on both stores.
//! Prints `name value unit` lines.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fx_alert_engine::delivery::{Office, keep_delivering};
use fx_domain::clock::SystemClock;
use fx_service::Shutdown;
use fx_testkit::postgres::{Schema, shared};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

#[path = "../../../benches/figures.rs"]
mod figures;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../tests/delivery/fixture.rs"]
mod fixture;

use fixture::{Desk, Stores};

const TRANSITIONS: usize = 1000;
const EVERY: Duration = Duration::from_millis(20);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    figures::disk();
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let sqlite = Stores::sqlite(folder.path());
        measure("committed_to_webhook_sqlite", Desk::on(folder, sqlite).await).await;
        let schema = Schema::new(shared());
        let folder = tempfile::tempdir().expect("a folder");
        measure("committed_to_webhook_postgresql", Desk::on(folder, Stores::postgresql(&schema)).await).await;
    });
}

async fn measure(name: &str, desk: Desk) {
    let (arrival, mut arrivals) = mpsc::unbounded_channel();
    let server = MockServer::start().await;
    let answer = move |request: &Request| {
        let _ = arrival.send((transition_id(request), Instant::now()));
        ResponseTemplate::new(200)
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    desk.webhook("ops", server.uri()).await;
    let office = Office { clock: Arc::new(SystemClock), look_again: Duration::from_secs(5), ..desk.office() };
    let shutdown = Shutdown::new();
    let running = tokio::spawn(keep_delivering(office, desk.health.component("delivery"), shutdown.clone()));

    let mut times = tokio::time::interval(EVERY);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut committed = HashMap::new();
    for _ in 0..TRANSITIONS {
        times.tick().await;
        let told = desk.tell("ops", 1).await;
        committed.insert(told[0].id.to_string(), Instant::now());
    }
    let mut took = Vec::new();
    while took.len() < TRANSITIONS {
        let (id, at) = arrivals.recv().await.expect("the server is there");
        took.push(at.saturating_duration_since(committed[&id]));
    }
    figures::quantiles(name, took);
    desk.until_delivered(TRANSITIONS).await;
    shutdown.request();
    running.await.expect("it ends well");
}

fn transition_id(request: &Request) -> String {
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    body["data"]["id"].as_str().expect("an id").to_owned()
}
