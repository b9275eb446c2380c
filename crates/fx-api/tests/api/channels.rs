//! Channels, and what becomes of what is told through them.

use fx_domain::delivery::Attempt;
use fx_store::delivery::{Outcome, Wanted};
use salvo::test::TestClient;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{Answer, Fixture, NOW, address, at};

const WEBHOOK: &str = r#"{"name":"ops","kind":"webhook","url":"https://203.0.114.9/hook","group":"30s"}"#;

impl Fixture {
    async fn channel(&self, body: &str) -> Answer {
        self.post_to("/channels", body).await
    }

    /// Sends what is due, with that outcome.
    async fn deliver(&self, code: u16, outcome: Outcome) -> usize {
        let deliveries = &self.context.deliveries;
        while deliveries.gather(at(NOW)).await.expect("gathers") > 0 {}
        let wanted = Wanted { limit: 10, per_channel: 10, except: Vec::new(), lease: chrono::TimeDelta::seconds(60) };
        let due = deliveries.due(at(NOW), wanted).await.expect("lends");
        for one in &due {
            let attempt = Attempt { at: at(NOW), took_ms: 12, code: Some(code), error: None };
            deliveries.finished(one.delivery.id, attempt, outcome.clone()).await.expect("keeps");
        }
        due.len()
    }
}

#[tokio::test]
async fn a_channel_is_created_shown_and_deleted() {
    let fixture = Fixture::empty();
    let created = fixture.channel(WEBHOOK).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let channel = created.json();
    let (id, secret) = (channel["id"].as_str().expect("an id"), channel["secret"].as_str().expect("a secret"));
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let path = format!("/channels/{id}");
    assert_eq!(created.header("location"), path);
    insta::assert_snapshot!(created.lines().replace(id, "ID").replace(secret, "SECRET"));
    let shown = fixture.get(&path).await;
    assert_eq!((&shown.json()["name"], shown.json().get("secret")), (&"ops".into(), None));
    assert_eq!(fixture.get("/channels").await.json(), json!({"count": 1, "channels": [shown.json()]}));
    assert!(!fixture.get("/channels").await.body.contains("whsec"));
    let taken = fixture.channel(WEBHOOK).await.problem(409);
    assert!(taken.contains("`ops`"), "{taken}");
    assert_eq!(fixture.delete(&path).await.status, 204);
    for gone in [fixture.delete(&path).await, fixture.get(&path).await] {
        assert!(gone.problem(404).contains("/channels lists"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_channel_is_named() {
    let fixture = Fixture::empty();
    for (body, pointer) in [
        (json!({"name": "a", "kind": "webhook"}), "/url"),
        (json!({"name": " a", "kind": "webhook", "url": "https://203.0.114.9"}), "/name"),
        (json!({"name": "a", "kind": "webhook", "url": "ftp://203.0.114.9"}), "/url"),
        (json!({"name": "a", "kind": "webhook", "url": "hook"}), "/url"),
        (json!({"name": "a", "kind": "webhook", "url": "https://u:p@203.0.114.9"}), "/url"),
        (json!({"name": "a", "kind": "webhook", "url": "https://203.0.114.9", "path": "x"}), "/path"),
        (json!({"name": "a", "kind": "webhook", "url": "https://203.0.114.9", "group": "2h"}), "/group"),
        (json!({"name": "a", "kind": "email", "to": []}), "/to"),
        (json!({"name": "a", "kind": "email", "to": ["ada"]}), "/to"),
        (json!({"name": "a", "kind": "email", "to": ["ada@example.com\r\nBcc: b@example.com"]}), "/to"),
        (json!({"name": "a", "kind": "email", "to": ["ada@example.com"]}), "/kind"),
        (json!({"name": "a", "kind": "file", "path": "../x"}), "/path"),
        (json!({"name": "a", "kind": "file", "path": "/etc/passwd"}), "/path"),
    ] {
        let refused = fixture.channel(&body.to_string()).await;
        refused.problem(422);
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}: {}", refused.body);
    }
    fixture.channel(r#"{"name":"a","kind":"pigeon"}"#).await.problem(422);
    fixture.channel(r#"{"name":"a","kind":"file","path":"x","secret":"mine"}"#).await.problem(422);
    assert_eq!(fixture.get("/channels").await.json()["count"], 0);
}

#[tokio::test]
async fn a_target_within_the_operators_network_is_refused_unless_it_is_allowed() {
    let forbidden = [
        "127.0.0.1",
        "[::1]",
        "169.254.169.254",
        "10.0.0.1",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::a00:1]",
        "100.64.0.1",
        "[fd00::1]",
        "0.0.0.0",
        "localhost",
        "2130706433",
        "0x7f.1",
    ];
    let body = |host: &str| json!({"name": "a", "kind": "webhook", "url": format!("http://{host}:9/hook")}).to_string();
    let fixture = Fixture::empty();
    for host in forbidden {
        let refused = fixture.channel(&body(host)).await.problem(422);
        assert!(refused.contains("delivery.allow_private_targets"), "{host}: {refused}");
    }
    let allowed = Fixture::with(|context| {
        context.delivery.allow_private_targets = ["10.0.0.0/24".parse().expect("a network")].into_iter().collect();
    });
    assert_eq!(allowed.channel(&body("10.0.0.1")).await.status, 201);
    allowed.channel(&body("10.0.1.1").replace("\"a\"", "\"b\"")).await.problem(422);
}

#[tokio::test]
async fn a_secret_follows_another() {
    let fixture = Fixture::empty();
    let channel = fixture.channel(WEBHOOK).await.json();
    let path = format!("/channels/{}/rotate", channel["id"].as_str().expect("an id"));
    let rotated = fixture.send(TestClient::post(address(&path))).await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    assert_ne!(rotated.json()["secret"], channel["secret"]);
    assert_eq!(rotated.json()["previous_valid_until"], "2026-10-31T16:00:00Z");
    let file = fixture.channel(r#"{"name":"log","kind":"file","path":"alerts.jsonl"}"#).await.json();
    assert_eq!(file.get("secret"), None);
    let path = format!("/channels/{}/rotate", file["id"].as_str().expect("an id"));
    fixture.send(TestClient::post(address(&path))).await.problem(409);
}

#[tokio::test]
async fn an_alert_names_channels_that_are_there() {
    let fixture = Fixture::empty();
    let alert = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"channels":["ops"]}"#;
    let refused = fixture.post_to("/alerts", alert).await;
    assert!(refused.problem(422).contains("none has been created yet"), "{}", refused.body);
    fixture.channel(r#"{"name":"log","kind":"file","path":"alerts.jsonl"}"#).await;
    let refused = fixture.post_to("/alerts", alert).await;
    assert!(refused.problem(422).contains("there is no channel `ops`, there are log"), "{}", refused.body);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/channels/0");
    fixture.channel(WEBHOOK).await;
    assert_eq!(fixture.post_to("/alerts", alert).await.status, 201);
}

#[tokio::test]
async fn deliveries_are_shown_and_sent_again() {
    let fixture = Fixture::empty();
    let file = fixture.channel(r#"{"name":"log","kind":"file","path":"alerts.jsonl"}"#).await.json();
    let path = format!("/channels/{}/test", file["id"].as_str().expect("an id"));
    let sent = fixture.send(TestClient::post(address(&path))).await;
    assert_eq!((sent.status, &sent.json()["status"]), (202, &"pending".into()), "{}", sent.body);
    assert_eq!(fixture.deliver(200, Outcome::Delivered).await, 1);
    let alert = fixture.create(r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"channels":["log"]}"#).await;
    fixture.fire(&alert, 1, Some(Uuid::from_u128(7))).await;
    fixture.post_to(&format!("/alerts/{alert}/acknowledge"), "{}").await;
    assert_eq!(fixture.deliver(550, Outcome::Failed("refused".to_owned())).await, 1);
    let answer = fixture.get(&format!("/deliveries?alert_id={alert}&status=failed")).await;
    let delivery = answer.json()["deliveries"][0].clone();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (id, transition) = (text(&delivery["id"]), text(&delivery["transitions"][0]));
    let shown = answer.lines().replace(&id, "ID").replace(&transition, "TRANSITION").replace(&alert, "ALERT");
    insta::assert_snapshot!(shown);
    let again = fixture.send(TestClient::post(address(&format!("/deliveries/{id}/replay")))).await;
    assert_eq!(
        (again.status, &again.json()["id"], &again.json()["status"]),
        (202, &id.as_str().into(), &"pending".into())
    );
    assert_eq!(fixture.deliver(250, Outcome::Delivered).await, 1);
    let first = fixture.get("/deliveries?limit=1").await.json();
    assert_eq!(
        (&first["deliveries"][0]["id"], &first["deliveries"][0]["status"]),
        (&id.as_str().into(), &"delivered".into())
    );
    let cursor = first["next_cursor"].as_str().expect("more");
    let rest = fixture.get(&format!("/deliveries?cursor={cursor}")).await.json();
    assert_eq!((&rest["count"], &rest["next_cursor"]), (&1.into(), &Value::Null));
    for (path, status) in [("/deliveries?status=lost", 400), ("/deliveries?cursor=x", 400), ("/deliveries?id=1", 400)] {
        fixture.get(path).await.problem(status);
    }
    let path = address("/deliveries/00000000-0000-0000-0000-000000000000/replay");
    fixture.send(TestClient::post(path)).await.problem(404);
}
