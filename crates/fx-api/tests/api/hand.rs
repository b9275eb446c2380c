//! What people do about alerts.

use salvo::test::TestClient;
use serde_json::Value;
use uuid::Uuid;

use crate::fixture::{Answer, Fixture, address, at};

const RULE: &str = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"note":"a"}"#;

impl Fixture {
    async fn patch(&self, path: &str, if_match: Option<&str>, body: &str) -> Answer {
        let media = "application/merge-patch+json";
        let request = TestClient::patch(address(path)).add_header("content-type", media, true).body(body.to_owned());
        match if_match {
            Some(tag) => self.send(request.add_header("if-match", tag, true)).await,
            None => self.send(request).await,
        }
    }
}

fn states(answer: &Answer) -> Vec<Value> {
    let states = answer.json()["states"].clone();
    states.as_array().expect("states").iter().map(|state| state["state"].clone()).collect()
}

#[tokio::test]
async fn an_alert_is_changed_by_whoever_knows_its_version() {
    let fixture = Fixture::empty();
    let path = format!("/alerts/{}", fixture.create(RULE).await);
    let first = fixture.get(&path).await.header("etag").to_owned();
    fixture.clock.set(at("2026-10-30T17:00:00Z"));
    let changed = fixture.patch(&path, Some(&first), r#"{"condition":{"threshold":1.2},"note":null}"#).await;
    assert_eq!(
        (changed.status, changed.json()["condition"]["threshold"].clone()),
        (200, 1.2.into()),
        "{}",
        changed.body
    );
    assert_eq!(changed.json()["name"], "EURUSD above 1.2");
    assert_eq!(
        (changed.json()["note"].clone(), changed.json()["updated_at"].clone()),
        (Value::Null, "2026-10-30T17:00:00Z".into())
    );
    let second = changed.header("etag").to_owned();
    assert_ne!(first, second);
    let late = fixture.patch(&path, Some(&first), r#"{"note":"late"}"#).await.problem(412);
    assert!(late.contains(&second) && late.contains(&first), "{late}");
    assert_eq!(fixture.patch(&path, Some("\"x\", *"), r#"{"note":"b"}"#).await.status, 200);
    assert_eq!(fixture.patch(&path, None, r#"{"severity":"critical"}"#).await.status, 200);
    let kept = fixture.get(&path).await.json();
    assert_eq!((&kept["note"], &kept["severity"]), (&"b".into(), &"critical".into()));
    let request = TestClient::delete(address(&path)).add_header("if-match", &second, true);
    fixture.send(request).await.problem(412);
    assert_eq!(fixture.delete(&path).await.status, 204);
    fixture.patch(&path, None, "{}").await.problem(404);
}

#[tokio::test]
async fn a_change_that_makes_no_rule_is_refused_with_its_place() {
    let fixture = Fixture::with(|context| context.retention = std::time::Duration::from_hours(7 * 24));
    let path = format!("/alerts/{}", fixture.create(RULE).await);
    for (body, status, pointer) in [
        ("[]", 400, None),
        (r#"{"condition":{"threshold":-1}}"#, 422, Some("/condition/threshold")),
        (r#"{"clear_threshold":1.3}"#, 422, Some("/clear_threshold")),
        (r#"{"id":"7"}"#, 422, Some("/id")),
        (r#"{"channels":["ops"]}"#, 422, Some("/channels/0")),
        (
            r#"{"condition":{"kind":"change_pct","percent":1,"window":"30d","direction":"up"}}"#,
            422,
            Some("/condition/window"),
        ),
    ] {
        let refused = fixture.patch(&path, None, body).await;
        refused.problem(status);
        if let Some(pointer) = pointer {
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}: {}", refused.body);
        }
    }
    let request = TestClient::patch(address(&path)).add_header("content-type", "text/plain", true).body("{}");
    fixture.send(request).await.problem(415);
    assert_eq!(fixture.get(&path).await.json()["updated_at"], "2026-10-30T16:00:00Z");
}

#[tokio::test]
async fn a_request_that_is_repeated_with_its_key_creates_one_alert() {
    let fixture = Fixture::empty();
    let post = async |key: &str, body: &str| {
        let request = TestClient::post(address("/alerts")).add_header("content-type", "application/json", true);
        fixture.send(request.add_header("idempotency-key", key, true).body(body.to_owned())).await
    };
    let first = post("k1", RULE).await;
    let again = post("k1", RULE).await;
    assert_eq!((first.status, again.status, &first.body), (201, 201, &again.body));
    assert_eq!(first.header("location"), again.header("location"));
    assert!(post("k1", &RULE.replace("1.1", "1.2")).await.problem(422).contains("idempotency key"));
    post(&"k".repeat(256), RULE).await.problem(400);
    assert_eq!(fixture.get("/alerts").await.json()["count"], 1);
}

#[tokio::test]
async fn somebody_takes_note_of_what_fires() {
    let fixture = Fixture::empty();
    let id = fixture.create(RULE).await;
    fixture.fire(&id, 1, Some(Uuid::from_u128(7))).await;
    let path = format!("/alerts/{id}/acknowledge");
    let noted = fixture.post_to(&path, r#"{"by":"ada","comment":"on it"}"#).await;
    assert_eq!((noted.status, states(&noted)), (200, vec!["acknowledged".into()]), "{}", noted.body);
    let by = noted.json()["states"][0]["acknowledged"].clone();
    assert_eq!(by, serde_json::json!({"by": "ada", "comment": "on it", "at": "2026-10-30T16:00:00Z"}));
    let again = fixture.send(TestClient::post(address(&path))).await;
    assert_eq!((again.status, again.json()), (200, noted.json()));
    assert_eq!(fixture.get("/alerts?state=acknowledged").await.json()["count"], 1);
    assert_eq!(fixture.get("/alerts?state=firing").await.json()["count"], 0);
    let told = fixture.get("/alerts/history?to_state=acknowledged").await.json()["transitions"][0].clone();
    assert_eq!((&told["by"], &told["comment"], &told["from"]), (&"ada".into(), &"on it".into(), &"firing".into()));
    fixture.post_to(&path, &format!(r#"{{"by":"{}"}}"#, "a".repeat(101))).await.problem(422);
    fixture.post_to(&path, r#"{"who":"ada"}"#).await.problem(422);
    fixture.post_to("/alerts/00000000-0000-0000-0000-000000000000/acknowledge", "{}").await.problem(404);
}

#[tokio::test]
async fn an_alert_is_put_off_and_taken_up_again() {
    let fixture = Fixture::empty();
    let id = fixture.create(RULE).await;
    fixture.fire(&id, 1, Some(Uuid::from_u128(7))).await;
    let path = format!("/alerts/{id}/snooze");
    let snoozed = fixture.post_to(&path, r#"{"for":"2h"}"#).await;
    assert_eq!((snoozed.status, states(&snoozed)), (200, vec!["snoozed".into()]), "{}", snoozed.body);
    assert_eq!(snoozed.json()["snoozed_until"], "2026-10-30T18:00:00Z");
    assert_eq!(fixture.get("/alerts?state=snoozed").await.json()["count"], 1);
    let resumed = fixture.send(TestClient::post(address(&format!("/alerts/{id}/resume")))).await;
    assert_eq!((states(&resumed), resumed.json()["snoozed_until"].clone()), (vec!["firing".into()], Value::Null));
    let snoozed = fixture.post_to(&path, r#"{"until":"2026-10-30T17:00:00+01:00"}"#).await;
    assert!(snoozed.problem(422).contains("is over"), "{}", snoozed.body);
    let snoozed = fixture.post_to(&path, r#"{"until":"2026-10-30T17:00:00Z"}"#).await;
    assert_eq!(snoozed.json()["snoozed_until"], "2026-10-30T17:00:00Z");
    fixture.clock.set(at("2026-10-30T17:00:00Z"));
    assert_eq!(states(&fixture.get(&format!("/alerts/{id}")).await), ["firing"]);
    for (body, pointer) in [
        ("{}", ""),
        (r#"{"for":"2h","until":"2026-10-31T00:00:00Z"}"#, ""),
        (r#"{"for":"soon"}"#, "/for"),
        (r#"{"until":"soon"}"#, "/until"),
        (r#"{"for":"366d 1s"}"#, "/for"),
    ] {
        let refused = fixture.post_to(&path, body).await;
        refused.problem(422);
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}");
    }
}
