use fx_domain::alert::{Kind, PairState, Seen, State, Transition};
use fx_store::alerts::{Effect, EngineStore, StoredState};
use salvo::test::TestClient;
use uuid::Uuid;

use crate::fixture::{Answer, Fixture, address, at};
use crate::recording::pair;

impl Fixture {
    async fn post(&self, body: &str) -> Answer {
        self.post_to("/alerts", body).await
    }

    pub(crate) async fn create(&self, body: &str) -> String {
        let answer = self.post(body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(TestClient::delete(address(path))).await
    }

    /// As the engine writes: the alert fires, a day each. Its episode is left open where there is one.
    pub(crate) async fn fire(&self, alert: &str, days: u32, episode: Option<Uuid>) {
        let alert_id: Uuid = alert.parse().expect("an id");
        let transition = |day: u32| Transition {
            id: Uuid::from_u128(day.into()),
            alert_id,
            alert_name: "euro".to_owned(),
            episode_id: Some(Uuid::from_u128(7)),
            pair: pair("EURUSD"),
            from: State::Normal,
            to: if day.is_multiple_of(2) { State::Normal } else { State::Firing },
            source: "ecb".parse().expect("a source"),
            source_ts: at(&format!("2026-10-{day:02}T15:00:00Z")),
            at: at(&format!("2026-10-{day:02}T15:00:01Z")),
            value: 1.2,
            kind: Some(Kind::Above),
            threshold: 1.1,
            severity: fx_domain::alert::Severity::Warning,
            message: "EURUSD rose above 1.1".to_owned(),
            measured: None,
            notice: None,
            precision_bp: None,
            derived: None,
            by: None,
            comment: None,
            took_s: None,
        };
        let last = Seen {
            value: 1.2,
            source: "ecb".parse().expect("a source"),
            source_ts: at("2026-10-01T15:00:00Z"),
            fetched_at: at("2026-10-01T15:00:01Z"),
        };
        let state = PairState {
            state: State::Firing,
            since: Some(at("2026-10-01T15:00:01Z")),
            last: Some(last),
            episode,
            ..PairState::default()
        };
        self.alerts.open(0).await.expect("a position");
        let effect = Effect {
            partition: 0,
            expected: 0,
            next_offset: 1,
            log_time: None,
            states: vec![StoredState { alert_id, begun_at: at(crate::fixture::NOW), pair: pair("EURUSD"), state }],
            transitions: (1..=days).map(transition).collect(),
            tell: Vec::new(),
            rates: Vec::new(),
        };
        self.alerts.commit(effect.into()).await.expect("the store takes it");
    }
}

#[tokio::test]
async fn an_alert_is_set_shown_and_deleted() {
    let fixture = Fixture::recorded().await;
    let answer = fixture.post(r#"{"pair":"EUR/USD","condition":"above","threshold":1.1,"for":"10m"}"#).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/alerts/{id}");
    assert_eq!(answer.header("location"), path);
    insta::assert_snapshot!(answer.lines().replace(&id, "ID"));
    let shown = fixture.get(&path).await;
    assert_eq!((shown.status, &shown.body), (200, &answer.body));
    assert!(!shown.header("etag").is_empty());
    assert_eq!(fixture.delete(&path).await.status, 204);
    let gone = fixture.get(&path).await.problem(404);
    assert!(gone.contains(&id), "{gone}");
    fixture.delete(&path).await.problem(404);
}

#[tokio::test]
async fn alerts_are_listed_by_what_is_asked() {
    let fixture = Fixture::empty();
    let euro = fixture.create(r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"severity":"critical"}"#).await;
    let yen = fixture.create(r#"{"pair":"USDJPY","condition":"below","threshold":100}"#).await;
    fixture.fire(&euro, 1, None).await;
    for (query, expected) in [
        ("", vec![&yen, &euro]),
        ("?state=firing", vec![&euro]),
        ("?state=no_data", vec![&yen]),
        ("?pair=jpy-usd", vec![&yen]),
        ("?severity=critical", vec![&euro]),
        ("?limit=1", vec![&yen]),
    ] {
        let list = fixture.get(&format!("/alerts{query}")).await.json();
        let ids = list["alerts"].as_array().expect("alerts").iter().map(|alert| &alert["id"]);
        assert!(ids.eq(expected.iter().map(|id| id.as_str())), "{query}: {list}");
        assert_eq!(list["count"], expected.len());
    }
    let cursor = fixture.get("/alerts?limit=1").await.json()["next_cursor"].as_str().expect("more").to_owned();
    let rest = fixture.get(&format!("/alerts?limit=1&cursor={cursor}")).await.json();
    assert_eq!((&rest["alerts"][0]["id"], &rest["next_cursor"]), (&euro.as_str().into(), &serde_json::Value::Null));
}

#[tokio::test]
async fn what_happened_is_told_newest_first() {
    let fixture = Fixture::empty();
    let alert = fixture.create(r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"name":"euro"}"#).await;
    fixture.fire(&alert, 3, None).await;
    fixture.delete(&format!("/alerts/{alert}")).await;
    let answer = fixture.get("/alerts/history?limit=1").await;
    let cursor = answer.json()["next_cursor"].as_str().expect("more").to_owned();
    insta::assert_snapshot!(answer.lines().replace(&alert, "ALERT").replace(&cursor, "CURSOR"));
    let rest = fixture.get(&format!("/alerts/history?cursor={cursor}")).await.json();
    assert_eq!((&rest["count"], &rest["next_cursor"]), (&2.into(), &serde_json::Value::Null));
    for (query, count) in [
        (format!("alert_id={alert}"), 3),
        (format!("alert_id={}", Uuid::nil()), 0),
        ("pair=USDEUR".to_owned(), 3),
        ("pair=USDJPY".to_owned(), 0),
        ("to_state=firing".to_owned(), 2),
        ("from=2026-10-02&to=2026-10-03".to_owned(), 1),
    ] {
        assert_eq!(fixture.get(&format!("/alerts/history?{query}")).await.json()["count"], count, "{query}");
    }
}

#[tokio::test]
async fn wrong_rules_are_refused_with_the_place_of_each_mistake() {
    let fixture = Fixture::empty();
    for (body, pointer, detail) in [
        (r#"{"pair":"EURUSD","condition":"above","threshold":1e400}"#, "/threshold", "1e400"),
        (r#"{"pair":"EURUSD","condition":"above","threshold":"NaN"}"#, "/threshold", "NaN"),
        (r#"{"pair":"EURUSD","condition":"above","threshold":-1}"#, "/threshold", "-1"),
        (r#"{"pair":"EURXXX","condition":"above","threshold":1}"#, "/pair", "unknown currency `XXX`"),
        (r#"{"pair":"EURUSD","condition":"over","threshold":1}"#, "/condition", "over"),
        (r#"{"pair":"EURUSD","condition":"above","threshold":1,"treshold":2}"#, "/treshold", "treshold"),
        (
            r#"{"pair":"EURUSD","condition":{"kind":"above","threshold":1.1},"clear_threshold":1.2}"#,
            "/clear_threshold",
            "1.2",
        ),
    ] {
        let answer = fixture.post(body).await;
        answer.problem(422);
        let errors = answer.json()["errors"].clone();
        let fault = errors.as_array().expect("errors").iter().find(|fault| fault["pointer"] == pointer);
        let fault = fault.unwrap_or_else(|| panic!("{body}: {errors}"));
        assert!(fault["detail"].as_str().expect("text").contains(detail), "{body}: {fault}");
    }
    let several = fixture.post(r#"{"pair":"EURXXX","condition":"over","threshold":0,"for":"soon"}"#).await;
    insta::assert_snapshot!(several.lines());
}

#[tokio::test]
async fn what_is_no_json_is_told_with_its_place() {
    let fixture = Fixture::empty();
    for (body, detail) in [
        (r#"{"pair":"EURUSD","condition":"above","threshold":NaN}"#, "NaN"),
        (r#"{"pair":"EURUSD","#, "line 1"),
        ("", "line 1"),
        ("[1,2]", "object"),
    ] {
        let told = fixture.post(body).await.problem(400);
        assert!(told.contains(detail), "{body}: {told}");
    }
}

#[tokio::test]
async fn there_is_a_most_of_alerts() {
    let fixture = Fixture::empty();
    let body = r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#;
    for _ in 0..3 {
        fixture.create(body).await;
    }
    let told = fixture.post(body).await.problem(409);
    assert!(told.contains("3 alerts"), "{told}");
}

#[tokio::test]
async fn wrong_questions_are_refused_by_name() {
    let fixture = Fixture::empty();
    for (path, status, detail) in [
        ("/alerts/seven", 404, "`seven` is no id of an alert, expected a UUID"),
        ("/alerts?state=burning", 400, "query parameter `state`: `burning` is none of no_data, normal"),
        ("/alerts?severity=bad", 400, "query parameter `severity`: `bad` is none of info, warning, critical"),
        ("/alerts?cursor=x", 400, "query parameter `cursor`: `x` is no id of an alert"),
        ("/alerts?id=1", 400, "unknown query parameter `id`, expected state, pair, severity, cursor, limit"),
        ("/alerts/history?cursor=x", 400, "query parameter `cursor`: not a cursor"),
        ("/alerts/history?limit=-1", 400, "query parameter `limit`: `-1` is no number from 1 to 1000"),
        ("/alerts/history?alert_id=7", 400, "query parameter `alert_id`: `7` is no id of an alert"),
    ] {
        let told = fixture.get(path).await.problem(status);
        assert!(told.contains(detail), "{path}: {told}");
    }
}
