use salvo::test::TestClient;

use crate::fixture::{Fixture, address};
use crate::recording::{mid, table};

#[tokio::test]
async fn a_page_has_the_digits_as_published() {
    let answer = Fixture::recorded().await.get("/rates/EURJPY/history").await;
    insta::assert_snapshot!(answer.lines());
}

#[tokio::test]
async fn the_believed_feed_is_read_unless_one_is_named() {
    let fixture = Fixture::recorded().await;
    let history = fixture.get("/rates/EURUSD/history").await.json();
    assert_eq!((&history["source"], &history["count"]), (&"kraken".into(), &1.into()));
    let history = fixture.get("/rates/USDEUR/history?source=ecb&order=desc").await.json();
    assert_eq!((&history["pair"], &history["count"]), (&"USDEUR".into(), &2.into()));
    assert_eq!(history["points"][0]["source_ts"], "2026-10-30T15:00:00Z");
    assert_eq!(history["points"][0]["mid"], 1.0 / 1.0908);
    assert!(history["points"][0]["price_stddev_20"].is_null(), "a level of the other direction");
    assert_eq!(history["points"][0]["realized_vol"], 0.071);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let fixture = Fixture::empty();
    for day in 1..=5 {
        let stamp = format!("2026-10-0{day}T15:00:00Z");
        fixture.take_in(table("ecb", &stamp, vec![mid("EURUSD", &format!("1.0{day}")), mid("EURJPY", "160")])).await;
    }
    for (order, expected) in
        [("asc", ["1.01", "1.02", "1.03", "1.04", "1.05"]), ("desc", ["1.05", "1.04", "1.03", "1.02", "1.01"])]
    {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = fixture.get(&format!("/rates/EURUSD/history?limit=2&order={order}{cursor}")).await.json();
            seen.extend(page["points"].as_array().expect("points").iter().map(|point| point["mid"].to_string()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, expected);
    }
    let part = fixture.get("/rates/EURUSD/history?from=2026-10-02&to=2026-10-04T15:00:00Z").await.json();
    assert_eq!(part["count"], 2);
}

#[tokio::test]
async fn csv_and_lines_have_it_all() {
    let fixture = Fixture::empty();
    // More than one page of the store.
    let moment = |second: i64| chrono::DateTime::from_timestamp(1_790_000_000 + second, 0).expect("a time");
    let day = table("ecb", "2026-10-30T15:00:00Z", vec![mid("EURUSD", "1.0900"), mid("EURJPY", "160")]);
    for chunk in 0..7 {
        let records = (chunk * 100..(chunk + 1) * 100).flat_map(|second| {
            let batch = fx_domain::rate::EnrichedBatch { source_ts: moment(second), ..day.clone() };
            batch.into_records()
        });
        fixture.context.rates.write(records.collect()).await.expect("the history takes it");
    }
    fixture.context.cache.put_rates(&[], day.clone().into_records().collect()).await.expect("the cache takes it");
    let csv = TestClient::get(address("/rates/EURUSD/history")).add_header("accept", "text/csv", true);
    let csv = fixture.send(csv).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(lines.len(), 701);
    assert_eq!(lines[0], "source_ts,mid,bid,ask,price_stddev_20,realized_vol,ewma_vol,quality");
    assert_eq!(lines[1], "2026-09-21T14:13:20Z,1.0900,,,0.0031,0.071,,ok");
    let ndjson = TestClient::get(address("/rates/EURUSD/history?limit=3&order=desc"));
    let ndjson = fixture.send(ndjson.add_header("accept", "application/x-ndjson", true)).await;
    assert_eq!(ndjson.body.lines().count(), 3);
    assert!(ndjson.body.starts_with(r#"{"source_ts":"2026-09-21T14:24:59Z","mid":1.0900,"#), "{}", ndjson.body);
}

#[tokio::test]
async fn wrong_questions_are_refused_by_name() {
    let fixture = Fixture::recorded().await;
    for (query, detail) in [
        ("limit=-1", "query parameter `limit`: `-1` is no number from 1 to 10000"),
        ("limit=0", "query parameter `limit`: `0` is no number from 1 to 10000"),
        ("limit=10001", "query parameter `limit`: `10001` is no number from 1 to 10000"),
        ("limit=99999999999999999999", "is no number from 1 to 10000"),
        ("order=up", "query parameter `order`: `up` is none of asc, desc"),
        ("from=yesterday", "query parameter `from`: `yesterday` is no time"),
        ("cursor=abc", "query parameter `cursor`: `abc` is no cursor"),
        ("page=2", "unknown query parameter `page`, expected from, to, limit, order, cursor, source"),
    ] {
        let told = fixture.get(&format!("/rates/EURUSD/history?{query}")).await.problem(400);
        assert!(told.contains(detail), "{query}: {told}");
    }
    for (query, detail) in [
        ("from=2026-10-30&to=2026-10-30", "is not before `to`"),
        ("cursor=kraken.1&source=ecb", "query parameter `cursor` goes on with `kraken`, not with `ecb`"),
    ] {
        let told = fixture.get(&format!("/rates/EURUSD/history?{query}")).await.problem(422);
        assert!(told.contains(detail), "{query}: {told}");
    }
    assert!(fixture.get("/rates/EURXXX/history").await.problem(404).contains("unknown currency `XXX`"));
}
