//! The commands as they are typed, against a service that answers in the shapes of the REST API.

mod client {
    pub(crate) mod service;
}

use client::service::{self, Ran, Service, fx_monitor};
use serde_json::json;

#[tokio::test]
async fn rates_are_shown_as_table_csv_and_json() {
    let service = Service::start().await;
    service.answers("GET", "/rates", 200, &service::rates()).await;
    insta::assert_snapshot!("rates_table", service.run(&["rates"]).await.success());
    insta::assert_snapshot!("rates_csv", service.run(&["rates", "--output", "csv"]).await.success());
    let json = service.run(&["rates", "--output", "json"]).await.success();
    let shown: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(shown, service::rates(), "every digit of the answer is kept");
}

#[tokio::test]
async fn what_was_asked_for_is_what_is_sent() {
    let service = Service::start().await;
    service.answers("GET", "/rates", 200, &service::rates()).await;
    service.run(&["rates", "eur/usd", "INR_EUR", "--base", "usd", "--source", "*"]).await.success();
    assert_eq!(service.asked().await, ["GET /rates?pairs=EURUSD%2CINREUR&base=USD&source=*"]);
}

#[tokio::test]
async fn a_pair_that_there_is_not_is_named() {
    let service = Service::start().await;
    service.answers("GET", "/rates", 200, &service::rates()).await;
    let ran = service.run(&["rates", "EURUSD", "GBPUSD", "--output", "json"]).await;
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stderr, "fx-monitor: there is no rate of GBPUSD, `fx-monitor rates` shows all there are\n");
    assert!(ran.stdout.contains("EURUSD"), "{}", ran.stdout);
}

#[tokio::test]
async fn a_problem_is_one_line_and_exit_code_1() {
    let service = Service::start().await;
    let problem = json!({"type": "about:blank", "title": "Not Found", "status": 404,
        "detail": "no rate for EURXAU; tracked are 36 pairs", "instance": "/rates"});
    service.answers("GET", "/rates", 404, &problem).await;
    let ran = service.run(&["rates", "EURXAU"]).await;
    assert_eq!(ran.failure(1), "fx-monitor: no rate for EURXAU; tracked are 36 pairs\n");
}

#[tokio::test]
async fn who_is_no_fx_monitor_is_told_apart() {
    let service = Service::start().await;
    service.answers_html("/rates").await;
    let ran = service.run(&["rates"]).await;
    let line = ran.failure(1);
    assert!(line.contains("something that is no JSON; is it an fx-monitor?"), "{line}");
    service.answers("GET", "/feeds", 200, &json!({"hello": "world"})).await;
    let line = service.run(&["feeds"]).await;
    assert!(line.failure(1).contains("no list \"feeds\""));
}

#[tokio::test]
async fn an_absent_service_is_named() {
    let line = fx_monitor(&["rates", "--url", "http://127.0.0.1:1"]).await;
    let expected = "fx-monitor: no service answers at http://127.0.0.1:1/; start one with `fx-monitor up`, or name \
                    another with --url\n";
    assert_eq!(line.failure(1), expected);
}

#[tokio::test]
async fn feeds_and_status_are_shown() {
    let service = Service::start().await;
    service.answers("GET", "/feeds", 200, &service::feeds()).await;
    service.answers("GET", "/", 200, &service::root()).await;
    service.answers("GET", "/health", 200, &service::health("degraded")).await;
    insta::assert_snapshot!("feeds_table", service.run(&["feeds"]).await.success());
    insta::assert_snapshot!("status_table", service.run(&["status"]).await.success());
}

#[tokio::test]
async fn a_service_that_is_down_is_shown_and_fails() {
    let service = Service::start().await;
    service.answers("GET", "/", 200, &service::root()).await;
    service.answers("GET", "/health", 503, &service::health("down")).await;
    let Ran { code, stdout, .. } = service.run(&["status", "--output", "csv"]).await;
    assert_eq!(code, Some(1));
    assert!(stdout.starts_with("component,status,since,detail\nfx-monitor,down,"), "{stdout}");
}

#[tokio::test]
async fn alerts_are_listed_over_all_pages() {
    let service = Service::start().await;
    let second = json!({"count": 1, "alerts": [service::alert("a2", &json!([]))], "next_cursor": null});
    service.answers_page("/alerts", "c1", &second).await;
    let state = json!([{"pair": "EURUSD", "state": "firing", "since": "2026-10-30T15:00:00Z", "value": 1.1003},
        {"pair": "GBPUSD", "state": "normal", "since": "2026-10-29T15:00:00Z", "value": 1.3}]);
    let first = json!({"count": 1, "alerts": [service::alert("a1", &state)], "next_cursor": "c1"});
    service.answers("GET", "/alerts", 200, &first).await;
    insta::assert_snapshot!("alerts_table", service.run(&["alerts", "list", "--state", "firing"]).await.success());
    assert_eq!(service.asked().await, ["GET /alerts?state=firing", "GET /alerts?state=firing&cursor=c1"]);
}

#[tokio::test]
async fn an_alert_is_created_from_flags_with_only_what_was_said() {
    let service = Service::start().await;
    service.answers("POST", "/alerts", 201, &service::alert("a1", &json!([]))).await;
    let flags =
        ["--pair", "EUR/USD", "--kind", "crosses_up", "--threshold", "1.1", "--for", "10m", "--severity", "critical"];
    let shown = service.run(&[&["alerts", "create", "--output", "csv"], &flags[..]].concat()).await.success();
    assert!(shown.contains("a1,"), "{shown}");
    let expected = json!({"pairs": ["EUR/USD"], "condition": {"kind": "crosses_up", "threshold": 1.1}, "for": "10m",
        "severity": "critical"});
    assert_eq!(service.bodies().await, [expected]);
}

#[tokio::test]
async fn an_alert_is_created_from_a_file_as_it_is() {
    let service = Service::start().await;
    let problem = json!({"title": "Unprocessable Content", "status": 422, "detail": "the alert has a mistake",
        "errors": [{"pointer": "/condition/threshold", "detail": "must be a number above 0, is -1"}]});
    service.answers("POST", "/alerts", 422, &problem).await;
    let directory = tempfile::tempdir().expect("temporary directory");
    let file = directory.path().join("alert.json");
    std::fs::write(&file, r#"{"pair":"EURUSD","condition":"above","threshold":-1}"#).expect("written");
    let ran = service.run(&["alerts", "create", "--file", file.to_str().expect("UTF-8")]).await;
    let expected = "fx-monitor: the alert has a mistake: /condition/threshold must be a number above 0, is -1\n";
    assert_eq!(ran.failure(1), expected);
    assert_eq!(service.bodies().await, [json!({"pair": "EURUSD", "condition": "above", "threshold": -1})]);
}

#[tokio::test]
async fn an_id_is_deleted_and_cannot_be_another_path() {
    let service = Service::start().await;
    service.answers_nothing("DELETE").await;
    assert_eq!(service.run(&["alerts", "delete", "a1"]).await.success(), "deleted a1\n");
    service.run(&["alerts", "delete", "../rates?x=1"]).await.success();
    assert_eq!(service.asked().await, ["DELETE /alerts/a1", "DELETE /alerts/..%2Frates%3Fx=1"]);
}

#[tokio::test]
async fn history_stops_at_its_limit() {
    let service = Service::start().await;
    service.answers("GET", "/alerts/history", 200, &service::history()).await;
    let arguments = ["alerts", "history", "--limit", "1", "--to-state", "firing", "--output", "csv"];
    insta::assert_snapshot!("history_csv", service.run(&arguments).await.success());
    assert_eq!(service.asked().await, ["GET /alerts/history?to_state=firing"]);
}

#[tokio::test]
async fn watching_goes_on_asking() {
    let service = Service::start().await;
    service.answers("GET", "/feeds", 200, &service::feeds()).await;
    let mut watching = service.watch(&["feeds", "--watch", "--output", "csv"]);
    while service.asked().await.len() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    watching.kill().await.expect("killed");
}
