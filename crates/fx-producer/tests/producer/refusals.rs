//! Every bad answer is a clear error that names the value; nothing is guessed, and the next good answer counts.

use fx_domain::feed::FeedState;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::polling::{RATES, UPDATED, open, serve, stage};
use crate::stage::shown;

/// The feed tells of a bad answer in these words, counts it by that reason, and goes on with the next good one.
async fn refused(bad: ResponseTemplate, words: &str, reason: Option<&str>) {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(bad).up_to_n_times(1).with_priority(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(open(UPDATED, UPDATED, RATES)).mount(&server).await;
    let mut stage = stage(&server);
    let mut watch = stage.watch().await;
    stage.start();
    let told = watch.error(words).await;
    let status = told.status.expect("a status");
    assert_eq!((told.quotes.len(), status.state), (0, FeedState::Backoff), "{words}");
    assert_eq!(status.refused.keys().map(String::as_str).next(), reason, "{words}");
    let good = watch.quotes().await;
    assert_eq!(shown(&good), "EUR 0.90760 GBP 0.7731 JPY 147.5 CAD 1.368 AUD 1.5");
    let status = good.status.expect("a status");
    assert_eq!((status.state, status.last_error), (FeedState::Live, None));
    assert_eq!(status.refused.values().sum::<u64>(), u64::from(reason.is_some()), "refusals stay counted");
    stage.stop().await;
}

fn body(text: impl Into<Vec<u8>>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(text.into(), "application/json")
}

#[tokio::test]
async fn html_half_a_json_and_nothing() {
    refused(body("<!DOCTYPE html><html>"), "answer is HTML, expected JSON", Some("unreadable")).await;
    refused(body(r#"{"result":"success","time_last"#), "unreadable answer: EOF", Some("unreadable")).await;
    refused(body(""), "empty answer, expected JSON", Some("unreadable")).await;
}

#[tokio::test]
async fn a_base_that_is_not_what_was_asked_for() {
    let wrong =
        r#"{"result":"success","time_last_update_unix":1,"time_next_update_unix":1,"base_code":"EUR","rates":{}}"#;
    refused(body(wrong), "answer is on base `EUR`, expected USD", Some("wrong_base")).await;
    let two = open(UPDATED, UPDATED, &RATES.replace(r#""USD":1"#, r#""USD":2"#));
    refused(two, "base USD priced at 2 of itself, expected 1", Some("base_not_one")).await;
}

#[tokio::test]
async fn a_table_that_has_shrunk_or_comes_from_the_future() {
    let three = open(UPDATED, UPDATED, r#"{"USD":1,"EUR":0.9,"GBP":0.77,"JPY":147}"#);
    refused(three, "table of 3 currencies, expected at least half of the usual", Some("shrunken_table")).await;
    refused(open(9_000_000_000, UPDATED, RATES), "more than 48 h ahead", Some("future")).await;
}

#[tokio::test]
async fn a_body_over_the_limit() {
    let server = serve(body(vec![b' '; 5000])).await;
    let mut stage = stage(&server);
    stage.settings.feeds.body_limit_bytes = 4096;
    let mut watch = stage.watch().await;
    stage.start();
    let told = watch.error("answer of more than 4096 bytes").await;
    assert_eq!(told.status.expect("a status").refused.get("too_long"), Some(&1));
    stage.stop().await;
}

#[tokio::test]
async fn error_answers_of_all_kinds() {
    let said = |status: u16, text: &str| ResponseTemplate::new(status).set_body_string(text);
    let quota = said(403, r#"{"result":"error","error-type":"quota-reached"}"#);
    refused_but_final(quota, "answered 403 `quota-reached`").await;
    refused(said(500, "<html>oops</html>"), "answered 500, expected 200", None).await;
    let inside = body(r#"{"result":"error","error-type":"quota-reached"}"#);
    refused(inside, "provider says `quota-reached`", None).await;
    refused(said(304, ""), "answered 304, expected 200", None).await;
}

/// As `refused`, where the feed is down at once.
async fn refused_but_final(bad: ResponseTemplate, words: &str) {
    let server = serve(bad).await;
    let mut stage = stage(&server);
    let mut watch = stage.watch().await;
    stage.start();
    assert_eq!(watch.error(words).await.status.expect("a status").state, FeedState::Down);
    stage.stop().await;
}

#[tokio::test]
async fn a_redirect_loop() {
    let server = MockServer::start().await;
    let back = ResponseTemplate::new(302).insert_header("location", format!("{}/again", server.uri()));
    Mock::given(method("GET")).respond_with(back).up_to_n_times(6).with_priority(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(open(UPDATED, UPDATED, RATES)).mount(&server).await;
    let mut stage = stage(&server);
    let mut watch = stage.watch().await;
    stage.start();
    watch.error("redirected more than 5 times").await;
    watch.quotes().await;
    stage.stop().await;
}

#[tokio::test]
async fn single_rates_are_refused_and_counted_while_the_others_count() {
    let rates = RATES
        .replace("0.7731", "-0.7731")
        .replace("147.5", "0")
        .replace("1.368", "\"1.368\"")
        .replace(r#""XPF":108.5"#, r#""ABC":1,"SEK":null,"NOK":1e999,"DKK":6.7,"PLN":3.8"#);
    let server = serve(open(UPDATED, UPDATED, &rates)).await;
    let mut stage = stage(&server);
    let mut watch = stage.watch().await;
    stage.start();
    let table = watch.quotes().await;
    assert_eq!(shown(&table), "EUR 0.90760 AUD 1.5");
    let refused = table.status.expect("a status").refused;
    let counted: Vec<_> = refused.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    assert_eq!(counted, [("not_a_number", 2), ("not_finite", 1), ("not_positive", 2), ("unknown_code", 1)]);
    stage.stop().await;
}
