//! Several processes share the cache, and what stands in it is exact.

use fx_cache::FeedSnapshot;
use fx_domain::batch::Price;
use fx_domain::feed::{FeedKind, FeedState, FeedStatus, Market};
use fx_domain::rate::{Origin, Published, Rate, RateRecord, Sides};
use fx_testkit::redis::{Redis, shared};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use redis::cmd;

use crate::{at, cache, client, held, only, rate, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_write_at_once_agree_on_the_newest() {
    let settings = settings(shared());
    let (one, other, reader) = (cache(&settings), cache(&settings), cache(&settings));
    one.fill(&[0, 1], Vec::new()).await.expect("filled");
    let write = |cache: crate::Cache, order: Vec<i64>| async move {
        for second in order {
            let records = vec![rate("ecb", "EURUSD", second, second), held("ecb", "EURUSD", second + 1, second)];
            cache.put_rates(&[0], records).await.expect("taken");
        }
    };
    let (up, down) = ((0..200).collect(), (0..200).rev().collect());
    tokio::join!(write(one, up), write(other, down));
    let expected = (Some(rate("ecb", "EURUSD", 199, 199)), Some(held("ecb", "EURUSD", 200, 199)));
    assert_eq!(only(&reader).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_feed_said_is_kept_by_its_cadence() {
    let server = Redis::start();
    let settings = settings(server.address());
    let cache = cache(&settings);
    let source = |name: &str| name.parse().expect("a source");
    cache
        .fill(&[0], ["daily", "weekly", "live"].map(|name| rate(name, "EURUSD", 1, 1)).to_vec())
        .await
        .expect("filled");
    let days = |count: i64| count * 86_400;
    let feed = |name: &str, kind, next: Option<i64>| FeedSnapshot {
        source: source(name),
        kind,
        market: Market::Spot,
        last_source_ts: None,
        told_at: at(0),
        status: Some(FeedStatus { next_poll: next.map(|day| at(days(day))), ..FeedStatus::new(FeedState::Live) }),
    };
    let ttl = |kind: &str, name: &str| {
        let key = format!("{}1:{kind}:{name}", settings.prefix);
        cmd("TTL").arg(key).query::<i64>(&mut client(&server)).expect("it answers")
    };
    assert_eq!((ttl("rates", "weekly") + 3600) / 86_400, 7, "before the feed has told of itself");
    let feeds = vec![
        feed("daily", FeedKind::Table, Some(1)),
        feed("weekly", FeedKind::Table, Some(7)),
        feed("live", FeedKind::Stream, None),
    ];
    cache.put_feeds(&[0], feeds).await.expect("taken");
    for (name, expected) in [("daily", 10), ("weekly", 70), ("live", 7)] {
        assert_eq!((ttl("rates", name) + 3600) / 86_400, expected, "{name}");
        assert_eq!((ttl("feed", name) + 3600) / 86_400, expected, "{name}");
    }
    cache.put_rates(&[0], vec![rate("weekly", "EURUSD", 2, 2)]).await.expect("taken");
    assert_eq!((ttl("rates", "weekly") + 3600) / 86_400, 70, "it is remembered");
}

/// Every figure as it was published, every double bit for bit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_is_what_was_written() {
    let settings = settings(shared());
    let (writer, reader) = (cache(&settings), cache(&settings));
    let mut runner = TestRunner::deterministic();
    let figure = ("[1-9][0-9]{0,6}", "(\\.[0-9]{1,12})?").prop_map(|(whole, rest)| format!("{whole}{rest}"));
    let drawn = (figure.clone(), figure, any::<bool>(), 0.0..1e6_f64, any::<bool>(), any::<bool>(), any::<u32>());
    let mut written = Vec::new();
    for round in 0..300 {
        let (bid, ask, has_sides, double, is_derived, is_held, second) =
            drawn.new_tree(&mut runner).expect("drawn").current();
        let (bid, ask) = (bid.parse().expect("a figure"), ask.parse().expect("a figure"));
        let price = if has_sides { Price::BidAsk { bid, ask } } else { Price::Mid(bid) };
        let make = if is_held { held } else { rate };
        let mut record = make(&format!("feed-{round:03}"), "EURUSD", i64::from(second), round);
        let (pair, legs) = (record.rate.pair, ["EURGBP", "GBPUSD"].map(|pair| pair.parse().expect("a pair")));
        record.rate = Rate {
            sides: Sides { mid: double / 3.0, ..Sides::of(&price) },
            origin: if is_derived {
                Origin::Derived(legs)
            } else {
                Origin::Published(Box::new(Published { pair, price }))
            },
            precision_bp: double / 7.0,
            older_leg_ts: is_derived.then(|| at(round)),
            ..record.rate
        };
        written.push(record);
    }
    writer.fill(&[0], written.clone()).await.expect("filled");
    let read = reader.rates().await.expect("answers");
    let read: Vec<RateRecord> =
        read.iter().filter_map(|latest| latest.accepted.clone().or(latest.held.clone())).collect();
    assert_eq!(read, written);
    let texts = |records: &[RateRecord]| records.iter().map(|record| format!("{record:?}")).collect::<Vec<_>>();
    assert_eq!(texts(&read), texts(&written), "digit by digit");
}
