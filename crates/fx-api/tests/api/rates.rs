use salvo::test::TestClient;

use crate::fixture::{Fixture, address, at};
use crate::recording::{mid, quote, suspect, table};

fn pairs(answer: &crate::fixture::Answer) -> Vec<String> {
    let json = answer.json();
    assert_eq!(json["count"], json["rates"].as_array().expect("rates").len());
    let rate = |rate: &serde_json::Value| format!("{} {}", rate["pair"].as_str()?, rate["source"].as_str()?).into();
    json["rates"].as_array().expect("rates").iter().filter_map(rate).collect()
}

#[tokio::test]
async fn every_pair_has_its_believed_rate() {
    let answer = Fixture::recorded().await.get("/rates").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    insta::assert_snapshot!(answer.lines());
}

#[tokio::test]
async fn a_list_is_narrowed_and_turned() {
    let fixture = Fixture::recorded().await;
    for (query, expected) in [
        ("?base=USD", &["USDEUR kraken", "USDGBP open-er-api", "USDJPY ecb"][..]),
        ("?base=usd&symbols=EUR,GBP", &["USDEUR kraken", "USDGBP open-er-api"]),
        ("?symbols=EUR,JPY", &["EURJPY ecb"]),
        ("?pairs=USD/EUR,jpyeur", &["JPYEUR ecb", "USDEUR kraken"]),
        ("?derived=true", &["EURGBP open-er-api", "USDJPY ecb"]),
        ("?derived=false&source=ecb", &["EURJPY ecb", "EURUSD ecb"]),
        ("?source=*&pairs=EURUSD", &["EURUSD kraken", "EURUSD open-er-api", "EURUSD ecb"]),
        ("?source=bars", &[]),
    ] {
        let mut have = pairs(&fixture.get(&format!("/rates{query}")).await);
        if !query.contains('*') {
            have.sort();
        }
        assert_eq!(have, expected, "{query}");
    }
}

#[tokio::test]
async fn published_digits_stand_in_the_published_direction() {
    let fixture = Fixture::recorded().await;
    for (path, digits) in [
        ("/rates/EURJPY", r#""mid":138.00,"#),
        ("/rates/USDEUR?source=open-er-api", r#""mid":0.9200,"#),
        ("/rates/usd-gbp", r#""mid":0.75000,"#),
        ("/rates/EURUSD", r#""bid":1.08425,"ask":1.08427,"#),
        ("/rates/JPYEUR", r#""mid":0.007246376811594203,"#),
        ("/rates/USDJPY", r#""mid":126.512651265,"#),
    ] {
        let answer = fixture.get(path).await;
        assert!(answer.body.contains(digits), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_other_direction_turns_everything() {
    let answer = Fixture::recorded().await.get("/rates/USDEUR").await;
    insta::assert_snapshot!(answer.lines());
}

#[tokio::test]
async fn a_lower_feed_is_believed_once_the_higher_one_is_stale() {
    let fixture = Fixture::recorded().await;
    fixture.clock.set(at("2026-10-30T16:05:00Z"));
    let rate = fixture.get("/rates/EURUSD").await.json();
    assert_eq!((&rate["source"], &rate["stale"]), (&"kraken".into(), &true.into()), "nothing newer is there");
    fixture.take_in(table("ecb", "2026-10-30T16:04:00Z", vec![mid("EURUSD", "1.1"), mid("EURJPY", "138")])).await;
    let rate = fixture.get("/rates/EURUSD").await.json();
    assert_eq!((&rate["source"], &rate["stale"]), (&"ecb".into(), &false.into()));
    fixture.take_in(quote("2026-10-30T16:04:59Z", "1.2", "1.3")).await;
    assert_eq!(fixture.get("/rates/EURUSD").await.json()["source"], "kraken");
}

#[tokio::test]
async fn a_held_rate_stands_beside_the_accepted_one() {
    let fixture = Fixture::recorded().await;
    let shifted = vec![suspect(mid("USDEUR", "9.2")), suspect(mid("USDGBP", "7.5"))];
    fixture.take_in(table("open-er-api", "2026-10-30T15:30:00Z", shifted)).await;
    let rate = fixture.get("/rates/USDEUR?source=open-er-api").await.json();
    assert_eq!(rate["mid"], 0.92);
    let held = serde_json::json!({"mid": 9.2, "source_ts": "2026-10-30T15:30:00Z", "reason": "decimal_shift"});
    assert_eq!(rate["held"], held);
}

#[tokio::test]
async fn a_change_needs_a_history_that_has_caught_up() {
    let fixture = Fixture::recorded().await;
    let change = |rate: serde_json::Value| rate["change_24h_pct"].as_f64();
    let rate = fixture.get("/rates/EURUSD?source=ecb").await.json();
    assert!((change(rate).expect("a day before is there") - 1.0).abs() < 1e-9);
    let turned = fixture.get("/rates/USDEUR?source=ecb").await.json();
    assert!((change(turned).expect("a day before is there") - (1.08 / 1.0908 - 1.0) * 100.0).abs() < 1e-9);
    // The cache is ahead of the history: the day before the new rate is not known yet.
    let ahead = table("ecb", "2026-11-03T15:00:00Z", vec![mid("EURUSD", "1.2"), mid("EURJPY", "138")]);
    fixture.context.cache.put_rates(&[], ahead.into_records().collect()).await.expect("the cache takes it");
    assert_eq!(change(fixture.get("/rates/EURUSD?source=ecb").await.json()), None);
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again() {
    let fixture = Fixture::recorded().await;
    let first = fixture.get("/rates").await;
    let known = first.header("etag").to_owned();
    let again = TestClient::get(address("/rates")).add_header("if-none-match", &known, true);
    assert_eq!(fixture.send(again).await.status, 304);
    fixture.take_in(quote("2026-10-30T15:59:55Z", "1.2", "1.3")).await;
    fixture.clock.set(at("2026-10-30T16:00:00.001Z"));
    let again = TestClient::get(address("/rates")).add_header("if-none-match", &known, true);
    let again = fixture.send(again).await;
    assert_eq!(again.status, 200);
    assert_ne!(again.header("etag"), known);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let fixture = Fixture::recorded().await;
    for (path, status, detail) in [
        ("/rates/EURXXX", 404, "unknown currency `XXX`"),
        ("/rates/EUREUR", 404, "base and quote must differ"),
        ("/rates/euro", 404, "`euro` is no pair"),
        ("/rates/CHFCAD", 404, "there is no rate of CHFCAD: both currencies are known"),
        (
            "/rates/EURUSD?source=bars",
            404,
            "`bars` has no rate of EURUSD, those that have are kraken, open-er-api, ecb",
        ),
        ("/rates/EURUSD?source=B%20B", 400, "query parameter `source`: `B B` is no source"),
        ("/rates?base=ZZZ", 400, "query parameter `base`: unknown currency `ZZZ`"),
        ("/rates?pairs=EURUSD,EURXXX", 400, "query parameter `pairs`: unknown currency `XXX`"),
        ("/rates?symbols=", 400, "query parameter `symbols`: unknown currency ``"),
        ("/rates?derived=maybe", 400, "query parameter `derived`: `maybe` is neither true nor false"),
        ("/rates?bas=EUR", 400, "unknown query parameter `bas`, expected pairs, base, symbols, source, derived"),
        ("/rates?base=EUR&base=USD", 400, "query parameter `base` stands more than once"),
        ("/rates/EURUSD?verbose", 400, "unknown query parameter `verbose`, expected source"),
        ("/feeds?x=1", 400, "unknown query parameter `x`, expected none"),
    ] {
        let told = fixture.get(path).await.problem(status);
        assert!(told.contains(detail), "{path}: {told}");
    }
    insta::assert_snapshot!(fixture.get("/rates/EURXXX").await.lines());
}
