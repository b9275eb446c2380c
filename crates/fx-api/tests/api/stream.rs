//! `/stream` as a browser reads it.

use std::time::Duration;

use fx_domain::alert::{Kind, Severity, State, Transition};
use fx_stream::Topic;
use fx_stream::message::{alert_event_record, enriched_records};
use serde_json::Value;

use crate::fixture::{Fixture, at};
use crate::protocol::Served;
use crate::recording::{mid, pair, quote, suspect, table};

/// So long nothing takes that is going to happen at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// The events of one connection.
pub(crate) struct Events {
    response: reqwest::Response,
    text: String,
    /// The id of the last event.
    pub(crate) last_id: String,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl Events {
    /// Opens a stream, which begins with its position.
    pub(crate) async fn open(served: &Served, query: &str, last_id: Option<&str>) -> Self {
        let mut request = served.client.get(served.url(&format!("/stream{query}")));
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), last_id: String::new() }
    }

    /// The same, once the position has come: what happens from now on comes too.
    pub(crate) async fn joined(served: &Served, query: &str) -> Self {
        let mut events = Self::open(served, query, None).await;
        assert!(events.block().await.is_none(), "the position comes alone");
        events
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.block().await {
                return event;
            }
        }
    }

    /// What stands up to the next empty line.
    async fn block(&mut self) -> Option<Event> {
        while !self.text.contains("\n\n") {
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("it comes");
            let chunk = chunk.expect("a whole stream").expect("it goes on");
            self.text.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
        let (block, rest) = self.text.split_once("\n\n").expect("just seen");
        let (block, rest) = (block.to_owned(), rest.to_owned());
        self.text = rest;
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        if let Some(id) = field("id: ") {
            self.last_id = id;
        }
        let data = field("data: ").map(|data| serde_json::from_str(&data).expect("JSON"))?;
        Some(Event { name: field("event: ").expect("a name"), data })
    }
}

impl Event {
    /// The pairs of a `rate` with their mids.
    pub(crate) fn mids(&self) -> Vec<(String, f64)> {
        assert_eq!(self.name, "rate", "{self:?}");
        let rates = self.data["rates"].as_array().expect("rates").iter();
        rates
            .map(|rate| (rate["pair"].as_str().expect("text").to_owned(), rate["mid"].as_f64().expect("a number")))
            .collect()
    }
}

pub(crate) fn euro(day: u32, figure: &str) -> fx_domain::rate::EnrichedBatch {
    table("ecb", &format!("2026-11-{day:02}T15:00:00Z"), vec![mid("EURUSD", figure), mid("EURJPY", "160.00")])
}

#[tokio::test]
async fn a_batch_is_one_event_with_its_believed_rates() {
    let served = Served::new(Fixture::recorded().await).await;
    let mut events = Events::joined(&served, "?events=rate").await;
    served
        .fixture
        .take_in(table("ecb", "2026-10-30T15:30:00Z", vec![mid("EURUSD", "1.5"), mid("EURJPY", "150.00")]))
        .await;
    let event = events.next().await;
    // EUR/USD is believed from kraken, which is fresh.
    assert_eq!(event.mids(), [("EURJPY".to_owned(), 150.0), ("USDJPY".to_owned(), 100.0)]);
    let listed = served.fixture.get("/rates/EURJPY").await.json();
    assert_eq!(event.data["rates"][0], listed, "a rate is the same everywhere");
    served.fixture.take_in(quote("2026-10-30T15:59:55Z", "1.25", "1.75")).await;
    assert_eq!(events.next().await.mids(), [("EURUSD".to_owned(), 1.5)]);
}

#[tokio::test]
async fn a_held_rate_is_shown_beside_the_accepted_one() {
    let served = Served::new(Fixture::recorded().await).await;
    let mut events = Events::joined(&served, "?events=rate&pairs=GBPUSD").await;
    let shifted = vec![suspect(mid("USDEUR", "9.2")), suspect(mid("USDGBP", "7.5"))];
    served.fixture.take_in(table("open-er-api", "2026-10-30T15:30:00Z", shifted)).await;
    let event = events.next().await;
    assert_eq!(event.mids(), [("GBPUSD".to_owned(), 1.0 / 0.75)]);
    assert_eq!(event.data["rates"][0]["held"]["reason"], "decimal_shift");
}

#[tokio::test]
async fn a_reader_is_told_only_what_it_asked_for() {
    let served = Served::new(Fixture::empty()).await;
    let mut turned = Events::joined(&served, "?events=rate&pairs=USD/EUR").await;
    let mut feeds = Events::joined(&served, "?events=feed").await;
    served.fixture.take_in(quote("2026-10-30T15:59:50Z", "1.25", "1.25")).await;
    served
        .fixture
        .take_in(table("open-er-api", "2026-10-30T15:00:00Z", vec![mid("USDGBP", "0.8"), mid("USDJPY", "150")]))
        .await;
    let event = turned.next().await;
    assert_eq!(event.mids(), [("USDEUR".to_owned(), 0.8)]);
    let names = [feeds.next().await, feeds.next().await].map(|event| (event.name, event.data["name"].clone()));
    assert_eq!(names, [("feed".to_owned(), "kraken".into()), ("feed".to_owned(), "open-er-api".into())]);
}

#[tokio::test]
async fn a_transition_is_an_alert_event() {
    let served = Served::new(Fixture::empty()).await;
    let mut events = Events::joined(&served, "?events=alert&pairs=USDEUR").await;
    let transition = |pair_id: &str| Transition {
        id: uuid::Uuid::from_u128(1),
        alert_id: uuid::Uuid::from_u128(2),
        alert_name: "euro".to_owned(),
        episode_id: None,
        pair: pair(pair_id),
        from: State::Normal,
        to: State::Firing,
        source: "ecb".parse().expect("a source"),
        source_ts: at("2026-10-30T15:00:00Z"),
        at: at("2026-10-30T15:00:01Z"),
        value: 1.2,
        kind: Some(Kind::Above),
        threshold: 1.1,
        severity: Severity::Critical,
        message: "EURUSD rose above 1.1".to_owned(),
        measured: None,
        notice: None,
        precision_bp: None,
        derived: None,
        by: None,
        comment: None,
        took_s: None,
    };
    for id in ["USDJPY", "EURUSD"] {
        let record = alert_event_record(&transition(id)).expect("encodes");
        served.fixture.context.log.publish(Topic::AlertEvents, vec![record]).await.expect("the log takes it");
    }
    let event = events.next().await;
    assert_eq!(event.name, "alert");
    assert_eq!(event.data, serde_json::to_value(transition("EURUSD")).expect("serialises"));
}

#[tokio::test]
async fn one_reader_too_many_is_told_to_come_again() {
    let served = Served::new(Fixture::with(|context| context.settings.sse_clients = 1)).await;
    let first = Events::joined(&served, "").await;
    let second = served.client.get(served.url("/stream")).send().await.expect("an answer");
    assert_eq!(second.status(), 503);
    assert_eq!(second.headers()["retry-after"], "5");
    drop(first);
    let status = async || served.client.get(served.url("/stream")).send().await.expect("an answer").status();
    let again = async {
        while status().await != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("a place is free again");
}

#[tokio::test]
async fn a_slow_reader_is_told_that_it_lags() {
    let served = Served::new(Fixture::with(|context| context.settings.sse_buffer = 4)).await;
    let mut slow = Events::joined(&served, "?events=rate").await;
    let mut quick = Events::joined(&served, "?events=rate&pairs=EURUSD").await;
    // Far more than what fits into the sockets' buffers.
    let many: Vec<_> =
        (0..200).flat_map(|second| enriched_records(&wide_batch(second), 1, None).expect("encodes")).collect();
    let rounds = many.len();
    served.fixture.context.log.publish(Topic::RatesEnriched, many).await.expect("the log takes them");
    let mut told = 0;
    while told < rounds {
        let event = quick.next().await;
        told += if event.name == "lagged" { as_count(&event.data["missed"]) } else { 1 };
    }
    let (mut events, mut missed) = (0, 0);
    while events + missed < rounds {
        match slow.next().await {
            Event { name, data } if name == "lagged" => missed += as_count(&data["missed"]),
            _ => events += 1,
        }
    }
    assert!(missed > 0, "all {events} events fitted into the buffers");
    let lagged = "fx_api_stream_lagged_messages_total";
    assert!(served.fixture.get("/metrics").await.body.contains(lagged));
}

fn as_count(value: &Value) -> usize {
    value.as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count")
}

/// A batch of many pairs, about 100 kB as an event.
fn wide_batch(second: u32) -> fx_domain::rate::EnrichedBatch {
    let others = fx_domain::currency::Currency::all().filter(|other| other.code() != "EUR");
    let rates = others.map(|other| mid(&format!("EUR{other}"), "1.25")).collect();
    let stamp = format!("2026-10-30T14:{:02}:{:02}Z", second / 60, second % 60);
    table("ecb", &stamp, rates)
}
