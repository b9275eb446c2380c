//! The ECB's daily file, after the days that are missing before it.

use fx_config::Provider;
use fx_domain::feed::FeedState;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{Stage, last_error};

/// A file of the ECB with these days.
fn days(dates: &[&str]) -> ResponseTemplate {
    let codes = ["USD", "JPY", "GBP", "CHF", "AUD", "CAD", "CNY", "INR"];
    let rates: String = codes.map(|code| format!("<Cube currency='{code}' rate='1.5'/>")).concat();
    let days: Vec<_> = dates.iter().map(|date| format!("<Cube time='{date}'>{rates}</Cube>")).collect();
    let days = days.concat();
    let envelope = format!(
        "<?xml version='1.0' encoding='UTF-8'?><gesmes:Envelope xmlns:gesmes='g' xmlns='e'><Cube>{days}</Cube></gesmes:Envelope>"
    );
    ResponseTemplate::new(200).set_body_raw(envelope, "text/xml")
}

async fn ecb(daily: ResponseTemplate, recent: ResponseTemplate) -> (MockServer, Stage) {
    let server = MockServer::start().await;
    Mock::given(path("/eurofxref-daily.xml")).respond_with(daily).mount(&server).await;
    Mock::given(path("/eurofxref-hist-90d.xml")).respond_with(recent).mount(&server).await;
    let url = format!("{}/eurofxref-daily.xml", server.uri());
    let mut stage = Stage::new().with("ecb", Provider::Ecb, url);
    stage.settings.feeds.bundled_history = true;
    (server, stage)
}

async fn dates_with_quotes(stage: &Stage, after: &str) -> Vec<String> {
    let batches = stage.all().await.into_iter().filter(|(batch, _)| !batch.quotes.is_empty());
    let dates = batches.map(|(batch, _)| batch.source_ts.date_naive().to_string());
    dates.filter(|date| date.as_str() > after).collect()
}

#[tokio::test]
async fn the_days_since_the_bundled_history_are_filled_in_first() {
    let recent = days(&["2026-11-04", "2026-11-03", "2026-11-02", "2026-10-30", "2026-10-29"]);
    let (server, mut stage) = ecb(days(&["2026-11-04"]), recent).await;
    let mut watch = stage.watch().await;
    stage.start();
    let newest = watch.next("the daily file", |batch| batch.source_ts.date_naive().to_string() == "2026-11-04").await;
    assert_eq!(newest.status.expect("a status").state, FeedState::Live);
    watch.next("freshness", |batch| batch.quotes.is_empty()).await;
    stage.stop().await;
    assert_eq!(dates_with_quotes(&stage, "2026-10-30").await, ["2026-11-02", "2026-11-03", "2026-11-04"]);
    let requests = server.received_requests().await.expect("recorded");
    assert_eq!(requests.iter().filter(|request| request.url.path().contains("90d")).count(), 1);
}

#[tokio::test]
async fn the_next_working_day_needs_no_filling() {
    let (_server, mut stage) = ecb(days(&["2026-11-02"]), ResponseTemplate::new(500)).await;
    let mut watch = stage.watch().await;
    stage.start();
    watch.next("the daily file", |batch| batch.source_ts.date_naive().to_string() == "2026-11-02").await;
    stage.stop().await;
}

#[tokio::test]
async fn where_the_missing_days_cannot_be_had_the_newest_comes_alone_after_a_few_tries() {
    let (server, mut stage) = ecb(days(&["2026-11-04"]), ResponseTemplate::new(500)).await;
    let mut watch = stage.watch().await;
    stage.start();
    let failed = watch.error("answered 500").await;
    assert_eq!(failed.status.as_ref().expect("a status").state, FeedState::Bundled, "nothing live has arrived yet");
    let newest = watch.quotes().await;
    assert_eq!((newest.source_ts.date_naive().to_string().as_str(), last_error(&newest)), ("2026-11-04", None));
    stage.stop().await;
    let requests = server.received_requests().await.expect("recorded");
    assert_eq!(requests.iter().filter(|request| request.url.path().contains("90d")).count(), 3);
}
