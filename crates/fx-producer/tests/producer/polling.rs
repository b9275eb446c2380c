//! A provider is asked politely, and what is not new is told as freshness.

use std::time::Duration;

use chrono::TimeDelta;
use fx_config::Provider;
use fx_domain::feed::FeedState;
use wiremock::matchers::{header, header_exists, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{Stage, shown};

/// An answer of exchangerate-api.com's open endpoint.
pub(crate) fn open(updated: i64, next: i64, rates: &str) -> ResponseTemplate {
    let body = format!(
        r#"{{"result":"success","provider":"p","documentation":"d","terms_of_use":"t","time_last_update_unix":{updated},
        "time_last_update_utc":"u","time_next_update_unix":{next},"time_next_update_utc":"u","time_eol_unix":0,
        "base_code":"USD","rates":{rates}}}"#
    );
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

pub(crate) const UPDATED: i64 = 1_724_025_751;
pub(crate) const RATES: &str = r#"{"USD":1,"EUR":0.90760,"GBP":0.7731,"JPY":147.5,"CAD":1.368,"AUD":1.5,"XPF":108.5}"#;
const SHOWN: &str = "EUR 0.90760 GBP 0.7731 JPY 147.5 CAD 1.368 AUD 1.5";

pub(crate) async fn serve(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    server
}

pub(crate) fn stage(server: &MockServer) -> Stage {
    Stage::new().with("open-er-api", Provider::ExchangerateApiOpen, server.uri())
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap_or_default().len()
}

#[tokio::test]
async fn a_table_is_published_once_and_then_only_its_freshness() {
    let server = MockServer::start().await;
    let answer = open(UPDATED, UPDATED, RATES);
    Mock::given(path("/USD")).respond_with(answer).mount(&server).await;
    let mut stage = stage(&server);
    let mut watch = stage.watch().await;
    stage.start();

    let waiting = watch.next("the first word", |_| true).await;
    assert_eq!((waiting.quotes.len(), waiting.status.expect("a status").state), (0, FeedState::Waiting));
    let table = watch.quotes().await;
    assert_eq!((shown(&table).as_str(), table.source_ts.timestamp()), (SHOWN, UPDATED));
    let status = table.status.expect("a status");
    assert_eq!((status.state, status.last_error, status.refused.len()), (FeedState::Live, None, 0));
    assert!(status.last_polled.is_some() && status.next_poll > status.last_polled);

    for _ in 0..3 {
        let fresh = watch.next("freshness", |_| true).await;
        assert_eq!((fresh.quotes.len(), fresh.source_ts.timestamp()), (0, UPDATED));
        assert!(fresh.fetched_at > table.fetched_at);
        assert_eq!(fresh.status.expect("a status").state, FeedState::Live);
    }
    stage.stop().await;
}

#[tokio::test]
async fn a_correction_and_an_update_are_published() {
    let server = MockServer::start().await;
    let once =
        |answer, priority| Mock::given(path("/USD")).respond_with(answer).up_to_n_times(2).with_priority(priority);
    once(open(UPDATED, UPDATED, RATES), 1).mount(&server).await;
    once(open(UPDATED, UPDATED, &RATES.replace("0.90760", "0.90761")), 2).mount(&server).await;
    once(open(UPDATED + 60, UPDATED, &RATES.replace("0.90760", "0.90761")), 3).mount(&server).await;
    // Off by a factor of 400: that is judged later, where the rates before it are known.
    Mock::given(path("/USD"))
        .respond_with(open(UPDATED + 120, UPDATED, &RATES.replace("147.5", "59000")))
        .mount(&server)
        .await;
    let mut stage = stage(&server);
    let mut watch = stage.watch().await;
    stage.start();
    assert_eq!(shown(&watch.quotes().await), SHOWN);
    let correction = watch.quotes().await;
    assert_eq!((correction.source_ts.timestamp(), shown(&correction).contains("EUR 0.90761")), (UPDATED, true));
    assert_eq!(watch.quotes().await.source_ts.timestamp(), UPDATED + 60);
    assert!(shown(&watch.quotes().await).contains("JPY 59000"));
    stage.stop().await;
}

#[tokio::test]
async fn an_unchanged_answer_may_be_a_304() {
    let server = MockServer::start().await;
    let answer = open(UPDATED, UPDATED, RATES)
        .insert_header("etag", "\"a1\"")
        .insert_header("last-modified", "Mon, 19 Aug 2024 00:02:31 GMT");
    let conditional = Mock::given(header("if-none-match", "\"a1\"")).and(header_exists("if-modified-since"));
    conditional.respond_with(ResponseTemplate::new(304)).with_priority(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(answer).expect(1).mount(&server).await;
    let mut stage = stage(&server);
    let mut watch = stage.watch().await;
    stage.start();
    let table = watch.quotes().await;
    let fresh = watch.next("freshness", |batch| batch.quotes.is_empty()).await;
    assert!(fresh.status.expect("a status").last_polled > table.status.expect("a status").last_polled);
    stage.stop().await;
}

#[tokio::test]
async fn a_stated_next_update_is_waited_for_also_after_a_restart() {
    let mut stage = Stage::new();
    let next = stage.clock.now() + TimeDelta::hours(5);
    let server = serve(open(UPDATED, next.timestamp(), RATES)).await;
    stage = stage.with("open-er-api", Provider::ExchangerateApiOpen, server.uri());
    let mut watch = stage.watch().await;
    stage.start();
    let planned = watch.quotes().await.status.and_then(|status| status.next_poll).expect("a next poll");
    let after = (planned - next).num_seconds();
    assert!((29..=300).contains(&after), "{after} s after the update");
    stage.stop().await;

    // A second feed shows that the restarted producer is at work.
    let other = serve(open(UPDATED, UPDATED, RATES)).await;
    let mut stage = stage.with("other", Provider::ExchangerateApiOpen, other.uri());
    stage.start();
    watch.next("the other feed", |batch| batch.source.as_str() == "other" && !batch.quotes.is_empty()).await;
    stage.stop().await;
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let answer =
        ResponseTemplate::new(429).insert_header("retry-after", "1200").set_body_string("<html>slow down</html>");
    let server = serve(answer).await;
    let mut stage = stage(&server);
    let mut watch = stage.watch().await;
    stage.start();
    let busy = watch.error("answered 429, expected 200").await;
    let status = busy.status.expect("a status");
    assert_eq!((status.state, status.last_polled), (FeedState::Backoff, None));
    let wait = status.next_poll.expect("a next poll") - busy.fetched_at;
    assert!(wait > TimeDelta::seconds(1190), "{wait}");
    stage.stop().await;
}

#[tokio::test]
async fn one_feed_failing_disturbs_no_other() {
    let good = serve(open(UPDATED, UPDATED, RATES)).await;
    let silent = serve(open(UPDATED, UPDATED, RATES).set_delay(Duration::from_mins(10))).await;
    let mut stage = stage(&good).with("silent", Provider::ExchangerateApiOpen, silent.uri()).with(
        "closed",
        Provider::ExchangerateApiOpen,
        "http://127.0.0.1:1/latest".to_owned(),
    );
    stage.settings.feeds.request_timeout = Duration::from_millis(200);
    let (mut watch, mut others) = (stage.watch().await, stage.watch().await);
    stage.start();
    assert_eq!(watch.quotes().await.source.as_str(), "open-er-api");
    let silent = others.error("no whole answer within 200ms").await;
    assert_eq!(silent.source.as_str(), "silent");
    let closed = others.error("cannot reach the provider").await;
    assert_eq!(closed.source.as_str(), "closed");
    let down = others
        .next("a feed that is down", |batch| {
            batch.status.as_ref().is_some_and(|status| status.state == FeedState::Down)
        })
        .await;
    assert!(down.quotes.is_empty());
    assert!(stage.health.snapshot().components["feed-closed"].detail.contains("cannot reach"));
    stage.stop().await;
}

#[tokio::test]
async fn what_the_log_does_not_take_is_kept_and_tried_again() {
    let server = serve(open(UPDATED, UPDATED, RATES)).await;
    let mut stage = stage(&server);
    stage.refuse(3);
    let mut watch = stage.watch().await;
    stage.start();
    assert_eq!(shown(&watch.quotes().await), SHOWN);
    assert!(!stage.is_refusing());
    stage.stop().await;
    let tables = stage.all().await.into_iter().filter(|(batch, _)| !batch.quotes.is_empty());
    assert_eq!(tables.count(), 1, "once, though it was tried four times");
}

#[tokio::test]
async fn an_undated_table_is_new_only_where_a_figure_is() {
    let body = |eur: &str| {
        format!(
            r#"{{"data":{{"currency":"USD","rates":{{"EUR":"{eur}","GBP":"0.76","JPY":"111.4","CAD":"1.33","BTC":"0.00025","XAU":"0"}}}}}}"#
        )
    };
    let server = MockServer::start().await;
    let first = ResponseTemplate::new(200)
        .insert_header("date", "Tue, 03 Nov 2026 10:00:00 GMT")
        .set_body_string(body("0.880"));
    let same = ResponseTemplate::new(200)
        .insert_header("date", "Tue, 03 Nov 2026 10:01:00 GMT")
        .set_body_string(body("0.880"));
    let moved = ResponseTemplate::new(200)
        .insert_header("date", "Tue, 03 Nov 2026 10:02:00 GMT")
        .set_body_string(body("0.881"));
    Mock::given(method("GET")).respond_with(first).up_to_n_times(1).with_priority(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(same).up_to_n_times(2).with_priority(2).mount(&server).await;
    Mock::given(method("GET")).respond_with(moved).mount(&server).await;
    let mut stage = Stage::new().with("coinbase", Provider::Coinbase, server.uri());
    let mut watch = stage.watch().await;
    stage.start();
    let first = watch.quotes().await;
    assert_eq!(shown(&first), "EUR 0.880 GBP 0.76 JPY 111.4 CAD 1.33");
    let refused = first.status.expect("a status").refused;
    assert_eq!((refused.get("unknown_code"), refused.get("not_positive")), (Some(&1), Some(&1)));
    assert_eq!(
        watch.quotes().await.source_ts,
        "2026-11-03T10:02:00Z".parse::<chrono::DateTime<chrono::Utc>>().expect("a time")
    );
    stage.stop().await;
}

#[tokio::test]
async fn a_key_is_sent_in_a_header_and_told_nowhere() {
    let server = MockServer::start().await;
    let error = ResponseTemplate::new(403).set_body_string(r#"{"result":"error","error-type":"invalid-key"}"#);
    Mock::given(path("/USD")).and(header("authorization", "Bearer sesame")).respond_with(error).mount(&server).await;
    let mut stage = Stage::new().with("keyed", Provider::ExchangerateApiV6, server.uri());
    stage.feed("keyed").api_key = Some("sesame".to_owned().into());
    let mut watch = stage.watch().await;
    stage.start();
    let refused = watch.error("answered 403 `invalid-key`, expected 200").await;
    let status = refused.status.expect("a status");
    assert_eq!(status.state, FeedState::Down, "a wrong key stays wrong");
    assert!(!format!("{status:?} {:?}", stage.health.snapshot()).contains("sesame"));
    stage.stop().await;
}
