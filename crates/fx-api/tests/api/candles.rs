use fx_domain::feed::{FeedState, FeedStatus};

use crate::fixture::Fixture;
use crate::recording::{mid, quote, table};

#[tokio::test]
async fn days_are_drawn_up_to_the_newest_rate() {
    let answer = Fixture::recorded().await.get("/rates/EURUSD/candles?source=ecb").await;
    insta::assert_snapshot!(answer.lines());
}

#[tokio::test]
async fn minutes_are_turned_with_the_pair() {
    let fixture = Fixture::empty();
    for (stamp, mid) in [("15:58:01", "1.25"), ("15:58:30", "2"), ("15:58:59", "1.6"), ("15:59:50", "1.25")] {
        fixture.take_in(quote(&format!("2026-10-30T{stamp}Z"), mid, mid)).await;
    }
    let candles = fixture.get("/rates/USDEUR/candles?interval=1m&from=2026-10-30T15:58:30Z").await.json();
    let expected = serde_json::json!({"start": "2026-10-30T15:58:00Z", "open": 0.8, "high": 0.8, "low": 0.5,
        "close": 0.625, "count": 3, "complete": true});
    assert_eq!(candles["candles"][0], expected);
    assert_eq!(candles["candles"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn what_is_kept_of_a_day_is_drawn_anew_after_each_change() {
    let fixture = Fixture::empty();
    for (day, figure) in [(26, "1.1"), (28, "1.2"), (29, "1.3")] {
        fixture.take_in(quote(&format!("2026-10-{day}T15:00:00Z"), figure, figure)).await;
    }
    let closes = async || {
        let path = "/rates/EURUSD/candles?interval=4h&from=2026-10-25T13:00:00Z&to=2026-10-30T13:00:00Z";
        let candles = fixture.get(path).await.json();
        let candles = candles["candles"].as_array().expect("candles").iter();
        candles
            .map(|it| (it["start"].as_str().expect("text")[8..13].to_owned(), it["close"].clone()))
            .collect::<Vec<_>>()
    };
    let expected =
        |all: &[(&str, f64)]| all.iter().map(|&(at, close)| (at.to_owned(), close.into())).collect::<Vec<_>>();
    for _ in 0..2 {
        assert_eq!(closes().await, expected(&[("26T12", 1.1), ("28T12", 1.2), ("29T12", 1.3)]));
    }
    let mut corrected = quote("2026-10-28T15:00:00Z", "1.25", "1.25");
    corrected.fetched_at += chrono::TimeDelta::hours(1);
    for late in [corrected, quote("2026-10-27T03:00:00Z", "1.15", "1.15"), quote("2026-10-30T12:59:00Z", "1.4", "1.4")]
    {
        fixture.take_in(late).await;
    }
    for _ in 0..2 {
        let all = [("26T12", 1.1), ("27T00", 1.15), ("28T12", 1.25), ("29T12", 1.3), ("30T12", 1.4)];
        assert_eq!(closes().await, expected(&all));
    }
}

#[tokio::test]
async fn the_last_day_of_a_replay_is_not_over() {
    let fixture = Fixture::empty();
    let mut day = table("ecb", "2001-10-30T15:00:00Z", vec![mid("EURUSD", "0.9"), mid("EURJPY", "110")]);
    day.status = Some(FeedStatus::new(FeedState::Replay));
    fixture.take_in(day).await;
    let candles = fixture.get("/rates/EURUSD/candles").await.json();
    assert_eq!(candles["candles"][0]["complete"], false);
}

#[tokio::test]
async fn wrong_questions_are_refused_by_name() {
    let fixture = Fixture::recorded().await;
    for (status, query, detail) in [
        (400, "interval=2h", "query parameter `interval`: `2h` is no interval, expected 1m, 5m, 15m, 1h, 4h or 1d"),
        (422, "interval=1m&from=2020-01-01", "has more than 10000 buckets of 1m"),
        (422, "from=2026-12-01", "is not before `to`"),
        (400, "limit=5", "unknown query parameter `limit`, expected interval, from, to, source"),
    ] {
        let told = fixture.get(&format!("/rates/EURUSD/candles?{query}")).await.problem(status);
        assert!(told.contains(detail), "{query}: {told}");
    }
}
