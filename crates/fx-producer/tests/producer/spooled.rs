//! A log that is away, as feeds see it.

use fx_config::Provider;
use fx_service::HealthStatus;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::kraken::Exchange;
use crate::stage::{Stage, shown, soon};

#[tokio::test]
async fn a_stream_without_room_says_what_it_drops_and_goes_on_with_the_log() {
    let (exchange, stage) = Exchange::open().await;
    let mut stage = stage.spooling(40_000);
    let mut watch = stage.watch().await;
    stage.start();
    let mut client = exchange.accept().await;
    client.accept_symbols().await;
    client.tick("USD/JPY", "100", "900", None).await;
    assert_eq!(shown(&watch.quotes().await), "JPY 100/900");
    assert_eq!(stage.healthy("spool", "takes every batch").await, HealthStatus::Ok);

    stage.away(true);
    for bid in 101..400 {
        client.tick("USD/JPY", &bid.to_string(), "900", None).await;
    }
    assert_eq!(stage.healthy("feed-kraken", "quotes are dropped").await, HealthStatus::Down);
    assert_eq!(stage.healthy("spool", "wait on disk").await, HealthStatus::Degraded);

    stage.away(false);
    let mut bid = 100;
    stage.healthy("spool", "takes every batch").await;
    client.tick("USD/JPY", "400", "900", None).await;
    while bid < 400 {
        let shown = shown(&watch.quotes().await);
        let next = shown.trim_start_matches("JPY ").trim_end_matches("/900").parse().expect("a number");
        assert!(next == bid + 1 || next == 400, "{next} after {bid}");
        bid = next;
    }
    assert_eq!(stage.healthy("feed-kraken", "live").await, HealthStatus::Ok);
    let told = watch.next("what was dropped", |batch| {
        let refused = batch.status.as_ref().and_then(|status| status.refused.get("spool_full"));
        refused.is_some_and(|count| *count > 100)
    });
    // The next connection makes the feed tell how it is.
    drop(client);
    told.await;
    stage.stop().await;
}

#[tokio::test]
async fn a_table_is_polled_also_while_the_log_has_never_answered() {
    let server = MockServer::start().await;
    let body = r#"{"data":{"currency":"USD","rates":{"EUR":"0.880","GBP":"0.76","JPY":"111.4","CAD":"1.33"}}}"#;
    let answer =
        ResponseTemplate::new(200).insert_header("date", "Tue, 03 Nov 2026 10:00:00 GMT").set_body_string(body);
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    let mut stage = Stage::new().with("coinbase", Provider::Coinbase, server.uri()).spooling(1 << 20);
    let mut watch = stage.watch().await;
    stage.away(true);
    stage.start();
    assert_eq!(stage.healthy("spool", "has not answered yet").await, HealthStatus::Down);
    assert!(!stage.health.is_ready());
    soon("polls", async {
        while server.received_requests().await.is_none_or(|requests| requests.len() < 5) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    stage.stop().await;
    stage.start();
    stage.away(false);
    assert_eq!(shown(&watch.quotes().await), "EUR 0.880 GBP 0.76 JPY 111.4 CAD 1.33");
    stage.healthy("spool", "takes every batch").await;
    assert!(stage.health.is_ready());
    stage.stop().await;
}
