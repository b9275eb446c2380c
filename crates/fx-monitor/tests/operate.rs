//! The commands that look after services which run apart.

mod client {
    pub(crate) mod service;
}

use std::path::PathBuf;

use client::service::{self, Ran, Service, fx_monitor};
use fx_testkit::{kafka, unique};
use serde_json::{Value, json};
use wiremock::matchers::{header_exists, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A configuration of services that run apart.
struct Apart {
    folder: tempfile::TempDir,
}

impl Apart {
    fn new(broker: &str, services: [&str; 3], api: &str) -> Self {
        let host = |url: &str| url.trim_start_matches("http://").to_owned();
        let [producer, consumer, engine] = services.map(host);
        let text = format!(
            r#"
data_dir = "/data"
[stream]
backend = "kafka"
[stream.kafka]
brokers = ["{broker}"]
prefix = "{prefix}-"
enriched_partitions = 2
[store]
backend = "postgresql"
[cache]
backend = "redis"
[api]
listen = "{api}"
[telemetry.metrics]
producer = "{producer}"
consumer = "{consumer}"
alert_engine = "{engine}"
"#,
            prefix = unique(),
            api = host(api),
        );
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("production.toml"), text).expect("written");
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("production.toml")
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        fx_monitor(&[arguments, &["--config", self.file().to_str().expect("UTF-8")]].concat()).await
    }
}

async fn service_that_is(status: &str) -> Service {
    let service = Service::start().await;
    let code = if status == "down" { 503 } else { 200 };
    service.answers("GET", "/health", code, &service::health(status)).await;
    service.answers("GET", "/feeds", 200, &service::feeds()).await;
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_every_group_and_every_feed_has_its_row() {
    let broker = tokio::task::spawn_blocking(kafka::shared).await.expect("starts");
    let (working, limping) = (service_that_is("ok").await, service_that_is("degraded").await);
    let (engine, api) = (service_that_is("ok").await, service_that_is("degraded").await);
    let apart = Apart::new(broker, [&working.url(), &limping.url(), &engine.url()], &api.url());
    let made = apart.run(&["provision", "--only", "kafka"]).await.success();
    assert!(made.contains(": done\n") && made.contains("fx-rates-enriched: created with 2 partition(s)"), "{made}");
    assert!(apart.run(&["provision", "--only", "kafka"]).await.success().ends_with(": nothing to do\n"));

    let csv = apart.run(&["status", "--output", "csv"]).await.success();
    for row in [
        "fx-producer,,ok,,http://127.0.0.1:",
        "fx-producer,store,ok,2026-10-30T14:59:00Z,sqlite\n",
        "fx-consumer,kraken,degraded,2026-10-30T15:00:00Z,no answer; starts again in 2s\n",
        "fx-alert-engine,,ok,",
        "fx-api,,degraded,",
        "group,enrich,ok,,0 behind the end of fx-rates\n",
        "group,fx-alert-engine,ok,,0 behind the end of fx-rates-enriched\n",
        "feed,kraken,live,2026-10-30T15:00:00.250000Z,newest rate ",
        " old; answered HTML\n",
    ] {
        assert!(csv.contains(row), "{row} is missing in {csv}");
    }
    let json = apart.run(&["status", "--output", "json"]).await.success();
    let shown: Value = serde_json::from_str(&json).expect("JSON");
    let second = json!({"partition": 1, "committed": null, "end": 0});
    assert_eq!((&shown["groups"][1]["lag"], &shown["groups"][1]["partitions"][1]), (&json!(0), &second));
    assert!(shown["feeds"][0]["age_s"].as_u64().is_some_and(|age| age > 0), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_answer_is_a_row_and_exit_code_1() {
    let down = service_that_is("down").await;
    let apart = Apart::new("127.0.0.1:1", ["127.0.0.1:2", "127.0.0.1:3", &down.url()], "127.0.0.1:4");
    let Ran { code, stdout, stderr } = apart.run(&["status", "--output", "csv"]).await;
    assert_eq!((code, stderr.as_str()), (Some(1), ""), "{stdout}");
    assert!(stdout.contains("fx-producer,,down,,no service answers at http://127.0.0.1:2/\n"), "{stdout}");
    assert!(stdout.contains("fx-alert-engine,kraken,down,"), "{stdout}");
    assert!(stdout.contains("fx-api,,down,,no service answers at http://127.0.0.1:4/\n"), "{stdout}");
    assert!(stdout.contains("group,history,down,,"), "{stdout}");
}

#[tokio::test]
async fn a_dry_run_asks_no_server() {
    let apart = Apart::new("127.0.0.1:1", ["127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"], "127.0.0.1:5");
    let said = apart.run(&["provision", "--dry-run"]).await.success();
    for part in [
        "kafka at 127.0.0.1:1: would make what is missing of\n  topic ",
        "-fx-rates-enriched: 2 partition(s), replication 1, cleanup.policy delete, ",
        "-fx-state: 1 partition(s), replication 1, cleanup.policy compact, ",
        "postgresql at /run/postgresql:5432: would make what is missing of\n  schema \"fx_monitor\"\n  tables: ",
    ] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let only = apart.run(&["provision", "--dry-run", "--only", "postgres"]).await.success();
    assert!(only.starts_with("postgresql at ") && !only.contains("topic"), "{only}");
}

#[tokio::test]
async fn index_templates_are_made_once_and_what_is_not_ours_is_left_alone() {
    let url = format!("http://{}", fx_testkit::elasticsearch::shared());
    let (folder, prefix) = (tempfile::tempdir().expect("a folder"), unique());
    let file = folder.path().join("fx.toml");
    let index = format!(
        "[index]\nbackend = \"elasticsearch\"\n[index.elasticsearch]\nurl = \"{url}\"\nprefix = \"{prefix}-\"\n"
    );
    std::fs::write(&file, index).expect("written");
    let arguments = ["provision", "--only", "elasticsearch", "--config", file.to_str().expect("UTF-8")];
    let planned = fx_monitor(&[&arguments[..], &["--dry-run"]].concat()).await.success();
    let head =
        format!("elasticsearch at {url}: would make what is missing of\n  index template {prefix}-fx-rates, version 3");
    assert!(planned.starts_with(&head), "{planned}");
    let made = fx_monitor(&arguments).await.success();
    let template = |name: &str| format!("  index template {prefix}-{name}: made in version 3\n");
    let made_now = ["fx-rates", "fx-alerts", "fx-deliveries"].map(template).concat();
    assert_eq!(made, format!("elasticsearch at {url}: done\n{made_now}"));
    assert_eq!(fx_monitor(&arguments).await.success(), format!("elasticsearch at {url}: nothing to do\n"));

    let path = format!("{url}/_index_template/{prefix}-fx-rates");
    let theirs = json!({"index_patterns": [format!("{prefix}-fx-rates-*")]});
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.put(path).json(&theirs).send().await.expect("the server answers");
    assert!(answer.status().is_success());
    let Ran { code, stdout, stderr } = fx_monitor(&arguments).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    assert!(
        stderr.contains(&format!("index template {prefix}-fx-rates exists and was not made by fx-monitor")),
        "{stderr}"
    );
}

#[tokio::test]
async fn nothing_is_made_for_what_is_embedded() {
    let said = fx_monitor(&["provision"]).await.success();
    let expected = "kafka: not used, [stream] backend is \"embedded\"\n\
                    postgresql: not used, [store] backend is \"sqlite\"\n\
                    elasticsearch: not used, [index] backend is \"none\"\n\
                    kibana: not used, [kibana] enabled is false\n";
    assert_eq!(said, expected);
}

/// One object on each line, and nothing else: what Kibana's own import takes.
#[tokio::test]
async fn the_dashboards_can_be_had_as_a_file() {
    let file = fx_monitor(&["provision", "--only", "kibana", "--dry-run"]).await.success();
    let objects: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ids: Vec<_> = objects.iter().filter_map(|object| object["id"].as_str()).collect();
    assert_eq!(ids, ["fx-rates", "fx-alerts", "fx-deliveries", "fx-monitor-rates", "fx-monitor-alerts"]);
}

#[tokio::test]
async fn dashboards_are_imported_and_a_kibana_that_is_not_there_is_said() {
    let kibana = MockServer::start().await;
    let status = json!({"status": {"overall": {"level": "available"}}, "version": {"number": "8.15.3"}});
    let imported = |kind: &str, id: &str| json!({"type": kind, "id": id, "meta": {}, "overwrite": true});
    let outcome = json!({"success": true, "successCount": 5, "successResults": [
        imported("index-pattern", "fx-rates"),
        imported("index-pattern", "fx-alerts"),
        imported("index-pattern", "fx-deliveries"),
        imported("dashboard", "fx-monitor-rates"),
        imported("dashboard", "fx-monitor-alerts"),
    ]});
    Mock::given(path("/api/status"))
        .respond_with(ResponseTemplate::new(200).set_body_json(status))
        .mount(&kibana)
        .await;
    let import = Mock::given(method("POST")).and(path("/api/saved_objects/_import")).and(header_exists("kbn-xsrf"));
    import.respond_with(ResponseTemplate::new(200).set_body_json(outcome)).expect(1).mount(&kibana).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("fx.toml");
    let arguments = ["provision", "--only", "kibana", "--config", file.to_str().expect("UTF-8")];
    std::fs::write(&file, format!("[kibana]\nenabled = true\nurl = \"{}\"\n", kibana.uri())).expect("written");
    let said = fx_monitor(&arguments).await.success();
    let expected = format!(
        "kibana at {}: done\n  data view fx-rates: replaced\n  data view fx-alerts: replaced\n  \
         data view fx-deliveries: replaced\n  \
         dashboard fx-monitor-rates: replaced\n  dashboard fx-monitor-alerts: replaced\n",
        kibana.uri()
    );
    assert_eq!(said, expected);

    let planned = fx_monitor(&["provision", "--dry-run", "--config", arguments[4]]).await.success();
    let expected = format!("kibana at {}: would import\n  data view fx-rates\n", kibana.uri());
    assert!(planned.contains(&expected) && planned.ends_with("  dashboard fx-monitor-alerts\n"), "{planned}");

    let nobody = "[kibana]\nenabled = true\nurl = \"http://127.0.0.1:1\"\npatience = \"1s\"\n";
    std::fs::write(&file, nobody).expect("written");
    let Ran { code, stdout, stderr } = fx_monitor(&arguments).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    assert!(stderr.contains("waiting up to 1s for kibana at http://127.0.0.1:1: "), "{stderr}");
    assert!(stderr.contains("is not available after 1s") && stderr.contains("set kibana.enabled = false"), "{stderr}");

    // It comes last, and does not undo what was done before.
    let Ran { code, stdout, stderr } = fx_monitor(&["provision", "--config", arguments[4]]).await;
    assert_eq!((code, stdout.lines().count()), (Some(1), 3), "{stdout}{stderr}");
    assert!(stderr.contains("all but the dashboards is provisioned: kibana at "), "{stderr}");
}
