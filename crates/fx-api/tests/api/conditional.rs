//! Who has an answer already is told so.

use salvo::test::TestClient;

use crate::fixture::{Answer, Fixture, address};
use crate::protocol::Served;
use crate::stream::euro;

async fn again(fixture: &Fixture, path: &str, known: &str) -> Answer {
    fixture.send(TestClient::get(address(path)).add_header("if-none-match", known, true)).await
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again() {
    let fixture = Fixture::recorded().await;
    for path in [
        "/rates",
        "/rates/EURUSD",
        "/rates/EURUSD/history",
        "/rates/EURUSD/candles",
        "/rates/EURUSD/chart.svg",
        "/convert?from=EUR&to=USD&amount=1",
        "/currencies",
        "/feeds",
        "/alerts",
        "/channels",
        "/openapi.json",
        "/dashboard",
        "/dashboard/assets/main.js",
    ] {
        let first = fixture.get(path).await;
        let tag = first.header("etag");
        assert!(first.status == 200 && tag.ends_with('"'), "{path}: {} {tag}", first.status);
        assert!(!first.header("cache-control").is_empty(), "{path}");
        for known in [tag.to_owned(), format!("\"other\", W/{}", tag.trim_start_matches("W/")), "*".to_owned()] {
            let again = again(&fixture, path, &known).await;
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}: {known}");
            assert_eq!((again.header("etag"), again.header("cache-control")), (tag, first.header("cache-control")));
        }
        assert_eq!(again(&fixture, path, "\"other\"").await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_correction_is_another_answer() {
    let fixture = Fixture::empty();
    fixture.take_in(euro(1, "1.1")).await;
    let paths = ["history", "candles", "chart.svg"].map(|part| format!("/rates/EURUSD/{part}?to=2026-11-02"));
    let mut before = Vec::new();
    for path in &paths {
        before.push(fixture.get(path).await);
    }
    let mut corrected = euro(1, "1.2");
    corrected.fetched_at += chrono::TimeDelta::hours(1);
    fixture.take_in(corrected).await;
    for (path, before) in paths.iter().zip(before) {
        let after = again(&fixture, path, before.header("etag")).await;
        assert_eq!(after.status, 200, "{path}");
        assert_ne!(after.body, before.body, "{path}");
    }
}

#[tokio::test]
async fn what_is_streamed_or_wrong_is_sent_as_it_is() {
    let fixture = Fixture::recorded().await;
    let csv = TestClient::get(address("/rates/EURUSD/history")).add_header("accept", "text/csv", true);
    let csv = fixture.send(csv.add_header("if-none-match", "\"x\"", true)).await;
    assert_eq!((csv.status, csv.header("vary")), (200, "accept, accept-encoding"));
    assert!(csv.header("etag").is_empty() && csv.body.starts_with("source_ts,"));
    assert_eq!(again(&fixture, "/rates/EURXXX", "*").await.status, 404);
}

#[tokio::test]
async fn the_tag_of_compressed_bytes_is_weak() {
    let served = Served::new(Fixture::recorded().await).await;
    let ask = || served.client.get(served.url("/currencies")).header("accept-encoding", "gzip");
    let first = ask().send().await.expect("an answer");
    let tag = first.headers()["etag"].to_str().expect("text").to_owned();
    assert!(tag.starts_with("W/"), "{tag}");
    let again = ask().header("if-none-match", &tag).send().await.expect("an answer");
    assert_eq!(again.status(), 304);
}
