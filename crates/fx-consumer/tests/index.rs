//! The role `index` on the embedded log and a real Elasticsearch: what is put aside, what is waited for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fx_config::{IndexBackend, IndexSettings};
use fx_consumer::index::{self, Part};
use fx_domain::alert::Transition;
use fx_domain::clock::SystemClock;
use fx_domain::delivery::Delivery;
use fx_domain::rate::EnrichedBatch;
use fx_index::Index;
use fx_service::{HealthRegistry, HealthStatus, Shutdown};
use fx_sqlite::Sqlite;
use fx_stream::embedded::EmbeddedLog;
use fx_stream::message::{Payload, alert_event_record, delivery_record, enriched_records};
use fx_stream::{Log, Message, Start, Topic};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const PATIENCE: Duration = Duration::from_mins(1);

struct World {
    _folder: tempfile::TempDir,
    log: Arc<dyn Log>,
    settings: IndexSettings,
    health: HealthRegistry,
    shutdown: Shutdown,
    http: Client,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = Sqlite::open(folder.path()).expect("a new file");
        let mut settings = IndexSettings { backend: IndexBackend::Elasticsearch, ..IndexSettings::default() };
        let address = tokio::task::block_in_place(fx_testkit::elasticsearch::shared);
        settings.elasticsearch.url = format!("http://{address}");
        settings.elasticsearch.prefix = format!("{}-", fx_testkit::unique());
        Self {
            log: Arc::new(EmbeddedLog::try_new(file, Arc::new(SystemClock)).expect("a new log")),
            _folder: folder,
            settings,
            health: HealthRegistry::new(Arc::new(SystemClock)),
            shutdown: Shutdown::new(),
            http: Client::new(),
        }
    }

    fn start(&self) -> JoinSet<()> {
        let index = Arc::new(Index::connect(&self.settings).expect("settings of Elasticsearch"));
        let mut roles = JoinSet::new();
        for part in Part::ALL {
            let (health, stop) = (self.health.component(part.group()).dispensable(), self.shutdown.clone());
            let role = index::run(part, Arc::clone(&self.log), Arc::clone(&index), health, stop);
            roles.spawn(async move { role.await.expect("the log answers") });
        }
        roles
    }

    async fn publish(&self, batches: &[EnrichedBatch]) {
        for batch in batches {
            let records = enriched_records(batch, 1, None).expect("plain data");
            self.log.publish(Topic::RatesEnriched, records).await.expect("the log answers");
        }
    }

    async fn until_read(&self, part: Part) {
        let (group, topic) = (part.group(), part.topic());
        let begun = Instant::now();
        loop {
            let at = self.log.positions(group, topic).await.expect("the log answers")[0];
            if at.committed == Some(at.end) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{group} is at {at:?}: {:?}", self.health.snapshot());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let server = &self.settings.elasticsearch;
        let request = self.http.request(method, format!("{}/{}{path}", server.url, server.prefix)).json(&body);
        let answer = request.send().await.expect("the server answers");
        answer.json().await.expect("JSON")
    }

    async fn count(&self, alias: &str) -> Option<u64> {
        let server = &self.settings.elasticsearch;
        let refresh = self.http.post(format!("{}/{}{alias}/_refresh", server.url, server.prefix));
        refresh.send().await.expect("the server answers");
        self.ask(Method::POST, &format!("{alias}/_count"), json!({"query": {"match_all": {}}})).await["count"].as_u64()
    }

    async fn letters(&self) -> Vec<Message> {
        let mut letters = self.log.follow(Topic::RatesDlq, Start::Beginning).await.expect("follows");
        letters.next().await.expect("the log answers")
    }

    async fn stop(&self, roles: JoinSet<()>) {
        self.shutdown.request();
        roles.join_all().await;
    }
}

fn batch(source_ts: &str) -> EnrichedBatch {
    let rate = |pair: &str| json!({"pair": pair, "mid": 1.25, "path": ["EURUSD", "USDJPY"], "precision_bp": 0.5});
    let batch = json!({
        "source": "test", "kind": "table", "source_ts": source_ts, "fetched_at": source_ts, "ingested_at": source_ts,
        "rates": [rate("EURUSD"), rate("EURJPY")],
    });
    serde_json::from_value(batch).expect("a batch")
}

fn transition() -> Transition {
    let transition = json!({
        "id": "01890000-0000-7000-8000-000000000001", "alert_id": "01890000-0000-7000-8000-000000000002",
        "alert_name": "euro", "episode_id": null, "pair": "EURUSD", "from": "normal", "to": "pending", "source": "ecb",
        "source_ts": "2024-12-31T15:00:00Z", "at": "2025-01-01T00:00:00Z", "value": 1.1, "threshold": 1.05,
        "severity": "info", "message": "EURUSD 1.1 is above 1.05",
    });
    serde_json::from_value(transition).expect("a transition")
}

fn delivery() -> Delivery {
    let delivery = json!({
        "id": "01890000-0000-7000-8000-000000000009", "channel": "ops", "status": "delivered", "reason": null,
        "transitions": ["01890000-0000-7000-8000-000000000001"], "alert_ids": ["01890000-0000-7000-8000-000000000002"],
        "alert_names": ["euro"], "attempts": [], "next_at": null, "created_at": "2025-01-01T00:00:00Z",
        "finished_at": "2025-01-01T00:00:01Z",
    });
    serde_json::from_value(delivery).expect("a delivery")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_mapped_is_put_aside_and_everything_else_is_there() {
    let world = World::new();
    let impossible = batch("1969-07-20T20:17:40Z");
    world.publish(&[batch("2026-11-19T15:00:00Z"), impossible.clone(), batch("2026-11-20T15:00:00Z")]).await;
    let event = alert_event_record(&transition()).expect("plain data");
    world.log.publish(Topic::AlertEvents, vec![event.clone(), event]).await.expect("the log answers");
    let told = delivery_record(&delivery()).expect("plain data");
    world.log.publish(Topic::Deliveries, vec![told.clone(), told]).await.expect("the log answers");
    let roles = world.start();
    for part in Part::ALL {
        world.until_read(part).await;
    }
    assert_eq!((world.count("fx-rates").await, world.count("fx-alerts").await), (Some(4), Some(1)));
    assert_eq!(world.count("fx-deliveries").await, Some(1));
    let letters = world.letters().await;
    assert_eq!(letters.len(), 1, "one for the message, not for each of its rates");
    let letter = &letters[0].record;
    assert_eq!(letter.payload, impossible.encode().expect("plain data"));
    let header = |name| letter.header(name).expect("a header");
    assert_eq!(
        (header("fx-reason"), header("fx-topic"), header("fx-offset")),
        ("unmappable", "fx-rates-enriched", "1")
    );
    assert!(header("fx-error").contains("1969-07-20"), "{}", header("fx-error"));
    world.stop(roles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_waited_for_and_left_behind() {
    const BLOCK: &str = "index.blocks.read_only_allow_delete";
    let world = World::new();
    let roles = world.start();
    world.publish(&[batch("2026-11-18T15:00:00Z")]).await;
    world.until_read(Part::Rates).await;
    world.ask(Method::PUT, "fx-rates-2026/_settings", json!({BLOCK: true})).await;
    world.publish(&[batch("2026-11-19T15:00:00Z"), batch("2026-11-20T15:00:00Z")]).await;
    let mut changes = world.health.changes();
    let said = async {
        loop {
            let component = world.health.snapshot().components[Part::Rates.group()].clone();
            if component.detail.contains("cluster_block_exception") {
                return component;
            }
            changes.changed().await.expect("changes");
        }
    };
    let component = tokio::time::timeout(PATIENCE, said).await.expect("it is said");
    assert_eq!(component.status, HealthStatus::Degraded);
    let position = world.log.positions(Part::Rates.group(), Topic::RatesEnriched).await.expect("the log answers")[0];
    assert_eq!(position.committed, Some(1), "what is not written is not committed");
    world.ask(Method::PUT, "fx-rates-2026/_settings", json!({BLOCK: null})).await;
    world.until_read(Part::Rates).await;
    assert_eq!(world.count("fx-rates").await, Some(6));
    world.stop(roles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_does_not_wait_for_a_server_that_is_away() {
    let mut world = World::new();
    world.settings.elasticsearch.url = "http://127.0.0.1:9".to_owned();
    let roles = world.start();
    world.publish(&[batch("2026-11-20T15:00:00Z")]).await;
    let mut changes = world.health.changes();
    let is_away = || {
        world.health.snapshot().components.get(Part::Rates.group()).is_some_and(|part| part.detail.contains("refused"))
    };
    while !is_away() {
        tokio::time::timeout(PATIENCE, changes.changed()).await.expect("it is said").expect("changes");
    }
    tokio::time::timeout(PATIENCE, world.stop(roles)).await.expect("it stops");
    let position = world.log.positions(Part::Rates.group(), Topic::RatesEnriched).await.expect("the log answers")[0];
    assert_eq!(position.committed.unwrap_or(0), 0);
}
