//! The picture of a rate.

use fx_domain::alert::{PairState, Seen, Severity, State, Transition};
use fx_domain::rate::EnrichedBatch;
use fx_store::alerts::{Effect, EngineStore, StoredState};
use salvo::test::TestClient;
use uuid::Uuid;

use crate::fixture::{Fixture, NOW, address, at};
use crate::recording::{mid, pair, quote, table};

fn table_of_day(day: u32, figure: &str) -> EnrichedBatch {
    table("ecb", &format!("2026-10-{day:02}T15:00:00Z"), vec![mid("EURUSD", figure), mid("EURJPY", "160.00")])
}

fn transition(alert_id: Uuid, name: &str, day: u32, to: State) -> Transition {
    Transition {
        id: Uuid::from_u128(day.into()),
        alert_id,
        alert_name: name.to_owned(),
        episode_id: Some(Uuid::from_u128(7)),
        pair: pair("EURUSD"),
        from: State::Normal,
        to,
        source: "ecb".parse().expect("a source"),
        source_ts: at(&format!("2026-10-{day:02}T15:00:00Z")),
        at: at(&format!("2026-10-{day:02}T15:00:01Z")),
        value: 1.2,
        kind: None,
        threshold: 1.1,
        severity: Severity::Warning,
        message: String::new(),
        measured: None,
        notice: None,
        precision_bp: None,
        derived: None,
        by: None,
        comment: None,
        took_s: None,
    }
}

/// What stands between the tags of a name.
fn said<'a>(svg: &'a str, tag: &str) -> &'a str {
    let (_, rest) = svg.split_once(&format!("<{tag} id")).expect("it begins");
    let (_, rest) = rest.split_once('>').expect("its tag ends");
    rest.split_once(&format!("</{tag}>")).expect("it ends").0
}

#[tokio::test]
async fn the_picture_is_also_told_in_words() {
    let fixture = Fixture::empty();
    for (day, figure) in [(28, "1.0800"), (29, "1.0908"), (30, "1.0850")] {
        fixture.take_in(table_of_day(day, figure)).await;
    }
    let answer = fixture.get("/rates/EURUSD/chart.svg?from=2026-10-28&interval=1d").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    );
    assert_eq!(said(&answer.body, "title"), "EUR/USD, ecb, candles of 1d, 2026-10-28 to 2026-10-31 UTC");
    assert_eq!(said(&answer.body, "desc"), "Last 1.08500, low 1.08000, high 1.09080.");
    assert!(answer.body.contains("prefers-color-scheme: dark"));
    let yen = fixture.get("/rates/EURJPY/chart.svg").await.body;
    assert_eq!(said(&yen, "desc"), "Last 160.000, low 160.000, high 160.000.");
    let turned = fixture.get("/rates/USDEUR/chart.svg?from=2026-10-28&interval=1d").await.body;
    assert_eq!(said(&turned, "desc"), "Last 0.92166, low 0.91676, high 0.92593.");
}

#[tokio::test]
async fn the_interval_follows_from_the_span() {
    let fixture = Fixture::empty();
    fixture.take_in(quote("2026-10-30T15:58:01Z", "1.25", "1.25")).await;
    for (query, interval) in [
        ("", "1d"),
        ("?from=2026-10-30T15:00:00Z", "1m"),
        ("?from=2026-10-20", "1h"),
        ("?from=1999-01-04", "1d"),
        ("?from=2026-10-30T15:00:00Z&interval=5m", "5m"),
    ] {
        let picture = fixture.get(&format!("/rates/EURUSD/chart.svg{query}")).await.body;
        assert!(said(&picture, "title").contains(&format!("candles of {interval}, ")), "{query}: {picture}");
    }
    let told = fixture.get("/rates/EURUSD/chart.svg?from=1999-01-04&interval=1m").await.problem(422);
    assert!(told.contains("has more than 50000 buckets of 1m"), "{told}");
}

#[tokio::test]
async fn nothing_is_said_to_be_nothing() {
    let fixture = Fixture::recorded().await;
    let empty = fixture.get("/rates/EURUSD/chart.svg?from=2001-01-01&to=2001-02-01&source=ecb").await;
    assert_eq!(empty.status, 200);
    assert_eq!(said(&empty.body, "desc"), "ecb has no rate of EUR/USD in this span of time");
    assert!(empty.body.contains(">\necb has no rate of EUR/USD in this span of time\n</text>"), "{}", empty.body);
    let told = fixture.get("/rates/EURNOK/chart.svg").await.problem(404);
    assert!(told.contains("there is no rate of EURNOK"), "{told}");
    let png = TestClient::get(address("/rates/EURUSD/chart.svg")).add_header("accept", "image/png", true);
    fixture.send(png).await.problem(406);
}

#[tokio::test]
async fn episodes_are_marked_and_names_are_text() {
    let fixture = Fixture::empty();
    for day in 26..=30 {
        fixture.take_in(table_of_day(day, "1.0800")).await;
    }
    let name = "<script>alert('1')</script> & more";
    let rule = serde_json::json!({"name": name, "pair": "EURUSD", "condition": "above", "threshold": 1.1});
    let alert = fixture.create(&rule.to_string()).await.parse().expect("an id");
    let told = [(27, State::Firing), (29, State::Normal)].map(|(day, to)| transition(alert, name, day, to));
    let last = Seen {
        value: 1.08,
        source: "ecb".parse().expect("a source"),
        source_ts: at("2026-10-30T15:00:00Z"),
        fetched_at: at("2026-10-30T15:00:01Z"),
    };
    let effect = Effect {
        partition: 0,
        expected: 0,
        next_offset: 1,
        log_time: None,
        states: vec![StoredState {
            alert_id: alert,
            begun_at: at(NOW),
            pair: pair("EURUSD"),
            state: PairState { state: State::Normal, last: Some(last), ..PairState::default() },
        }],
        transitions: told.into(),
        tell: Vec::new(),
        rates: Vec::new(),
    };
    fixture.alerts.open(0).await.expect("a position");
    fixture.alerts.commit(effect.into()).await.expect("the store takes it");
    let picture = fixture.get("/rates/USDEUR/chart.svg?from=2026-10-26").await.body;
    let words = said(&picture, "desc");
    assert!(words.contains("&lt;script&gt;"), "{words}");
    assert!(words.contains("fired from 2026-10-27 15:00 to 2026-10-29 15:00"), "{words}");
    assert!(!picture.contains("<script"), "{picture}");
    assert!(picture.contains("fill=\"#9A5B00\""), "a ground and a name");
}
