//! The suite.

pub(crate) mod rates;

use std::collections::BTreeSet;
use std::sync::Arc;

use fx_cache::{CacheError, FeedSnapshot};
use fx_domain::feed::{FeedKind, FeedState, FeedStatus, Market};
use fx_domain::rate::RateRecord;
use proptest::prelude::{Just, Strategy, any, prop};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use rates::{Cache, at, held, only, rate};

pub(crate) async fn it_is_cold_until_it_is_filled(cache: Cache) {
    cache.check().await.expect("it answers, cold or not");
    assert!(!cache.is_warm(&[]).await.expect("answers"));
    assert_eq!(cache.rates().await, Err(CacheError::Cold));
    assert_eq!(cache.feeds().await, Err(CacheError::Cold));
    assert_eq!(cache.put_rates(&[], vec![rate("ecb", "EURUSD", 0, 0)]).await, Err(CacheError::Cold));
    assert_eq!(cache.put_feeds(&[0], vec![feed(0, None)]).await, Err(CacheError::Cold));
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("filled");
    assert!(cache.is_warm(&[0]).await.expect("answers"));
    assert_eq!(only(&cache).await, (Some(rate("ecb", "EURUSD", 1, 1)), None));
    assert_eq!(cache.feeds().await, Ok(Vec::new()));
}

pub(crate) async fn a_partition_is_warm_on_its_own(cache: Cache) {
    cache.fill(&[0, 2], Vec::new()).await.expect("filled");
    cache.put_rates(&[2, 0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("both are warm");
    let cold = cache.put_rates(&[0, 1], vec![rate("ecb", "EURUSD", 2, 2)]).await;
    assert_eq!(cold, Err(CacheError::Cold));
    assert!(!cache.is_warm(&[1]).await.expect("answers"));
    cache.fill(&[1], vec![rate("ecb", "EURUSD", 0, 0)]).await.expect("filled");
    assert!(cache.is_warm(&[0, 1, 2]).await.expect("answers"));
    assert_eq!(only(&cache).await.0, Some(rate("ecb", "EURUSD", 1, 1)), "what is newer stays");
}

/// Accepted and held rates of two pairs and two sources, with corrections, in any order and any pieces, some twice.
pub(crate) async fn the_newest_wins_in_any_order(cache: Cache) {
    cache.fill(&[0], Vec::new()).await.expect("filled");
    let mut runner = TestRunner::deterministic();
    let record = (any::<bool>(), any::<bool>(), any::<bool>(), 0_i64..4, 0_i64..3);
    for round in 0..40 {
        let source = |is_first: bool| if is_first { format!("a-{round}") } else { format!("b-{round}") };
        let records = prop::collection::vec(record.clone(), 1..12);
        let drawn = records.new_tree(&mut runner).expect("drawn").current();
        let records: Vec<RateRecord> = drawn
            .into_iter()
            .map(|(first, eur, is_held, source_ts, version)| {
                let make = if is_held { held } else { rate };
                make(&source(first), if eur { "EURUSD" } else { "USDJPY" }, source_ts, version)
            })
            .collect();
        let shuffled = Just(records.clone()).prop_shuffle();
        for _ in 0..2 {
            let order = shuffled.new_tree(&mut runner).expect("drawn").current();
            for piece in order.chunks(3) {
                cache.put_rates(&[0], piece.to_vec()).await.expect("taken");
            }
        }
        let all = cache.rates().await.expect("answers");
        let of_round = |record: &RateRecord| record.source.as_str().ends_with(&format!("-{round}"));
        let have = all.iter().filter_map(|latest| {
            let either = latest.accepted.as_ref().or(latest.held.as_ref())?;
            of_round(either).then(|| (latest.accepted.clone(), latest.held.clone()))
        });
        assert_eq!(have.collect::<Vec<_>>(), expected(&records), "{records:?}");
    }
}

/// By definition: of each pair and source the newest accepted one, and the newest held one if that is of a later time.
fn expected(records: &[RateRecord]) -> Vec<(Option<RateRecord>, Option<RateRecord>)> {
    let keys: BTreeSet<_> = records.iter().map(|record| (record.rate.pair, record.source.clone())).collect();
    let newest = |key: &(_, _), is_held: bool| {
        let of_key = records.iter().filter(|record| (record.rate.pair, record.source.clone()) == *key);
        let of_kind = of_key.filter(|record| record.rate.reason.is_some() == is_held);
        of_kind.max_by_key(|record| (record.source_ts, record.fetched_at)).cloned()
    };
    keys.iter()
        .map(|key| {
            let (accepted, held) = (newest(key, false), newest(key, true));
            let is_later = |held: &RateRecord| accepted.as_ref().is_none_or(|rate| rate.source_ts < held.source_ts);
            (accepted.clone(), held.filter(is_later))
        })
        .collect()
}

pub(crate) async fn a_correction_replaces_what_it_corrects(cache: Cache) {
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 5, 5)]).await.expect("filled");
    cache.put_rates(&[0], vec![rate("ecb", "EURUSD", 5, 7)]).await.expect("taken");
    cache.put_rates(&[0], vec![rate("ecb", "EURUSD", 5, 6), rate("ecb", "EURUSD", 4, 9)]).await.expect("taken");
    assert_eq!(only(&cache).await.0, Some(rate("ecb", "EURUSD", 5, 7)));
}

pub(crate) async fn a_held_rate_stands_beside_the_accepted_one_until_that_catches_up(cache: Cache) {
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("filled");
    cache.put_rates(&[0], vec![held("ecb", "EURUSD", 2, 2)]).await.expect("taken");
    assert_eq!(only(&cache).await, (Some(rate("ecb", "EURUSD", 1, 1)), Some(held("ecb", "EURUSD", 2, 2))));
    // Accepted: it comes again as it was confirmed.
    cache.put_rates(&[0], vec![rate("ecb", "EURUSD", 2, 4)]).await.expect("taken");
    assert_eq!(only(&cache).await, (Some(rate("ecb", "EURUSD", 2, 4)), None));
    // Withdrawn: another one is accepted after it.
    cache.put_rates(&[0], vec![held("ecb", "EURUSD", 5, 5), rate("ecb", "EURUSD", 6, 6)]).await.expect("taken");
    cache.put_rates(&[0], vec![held("ecb", "EURUSD", 5, 5)]).await.expect("taken");
    assert_eq!(only(&cache).await, (Some(rate("ecb", "EURUSD", 6, 6)), None));
}

pub(crate) async fn rates_are_ordered_by_pair_and_then_by_source(cache: Cache) {
    let records = vec![rate("kraken", "EURUSD", 1, 1), rate("ecb", "USDJPY", 1, 1), rate("ecb", "EURUSD", 1, 1)];
    cache.fill(&[0], records).await.expect("filled");
    let rates = cache.rates().await.expect("answers");
    let accepted: Vec<_> = rates.iter().filter_map(|latest| latest.accepted.clone()).collect();
    let mut sorted = accepted.clone();
    sorted.sort_by(|a, b| (a.rate.pair, &a.source).cmp(&(b.rate.pair, &b.source)));
    assert_eq!(accepted.len(), 3);
    assert_eq!(accepted, sorted);
}

pub(crate) async fn an_answer_is_the_same_until_something_changes(cache: Cache) {
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("filled");
    let first = cache.rates().await.expect("answers");
    assert!(Arc::ptr_eq(&first, &cache.rates().await.expect("answers")));
    cache.put_rates(&[0], vec![rate("kraken", "EURUSD", 1, 1)]).await.expect("taken");
    assert_eq!(cache.rates().await.expect("answers").len(), 2);
    cache.put_rates(&[0], vec![rate("ecb", "EURUSD", 2, 2)]).await.expect("taken");
    let accepted = cache.rates().await.expect("answers")[0].accepted.clone();
    assert_eq!(accepted, Some(rate("ecb", "EURUSD", 2, 2)));
}

fn feed(told: i64, state: Option<FeedState>) -> FeedSnapshot {
    FeedSnapshot {
        source: "ecb".parse().expect("a source"),
        kind: FeedKind::Table,
        market: Market::Target,
        last_source_ts: None,
        told_at: at(told),
        status: state.map(FeedStatus::new),
    }
}

pub(crate) async fn feeds_are_known_by_what_they_told_last(cache: Cache) {
    cache.fill(&[0], Vec::new()).await.expect("filled");
    let told = [
        FeedSnapshot { last_source_ts: Some(at(3)), ..feed(3, None) },
        feed(5, Some(FeedState::Live)),
        feed(4, Some(FeedState::Down)),
        FeedSnapshot { last_source_ts: Some(at(2)), ..feed(9, None) },
        feed(5, Some(FeedState::Backoff)),
    ];
    let mut expected = told[0].clone();
    for feed in &told[1..] {
        expected.take_in(feed.clone());
    }
    let other = FeedSnapshot { source: "kraken".parse().expect("a source"), kind: FeedKind::Stream, ..told[1].clone() };
    cache.put_feeds(&[0], told.to_vec()).await.expect("taken");
    cache.put_feeds(&[0], vec![other.clone()]).await.expect("taken");
    assert_eq!(cache.feeds().await.expect("answers"), [expected.clone(), other]);
    assert_eq!(expected.status.map(|status| status.state), Some(FeedState::Backoff));
    assert_eq!(expected.last_source_ts, Some(at(3)));
}

/// Two write batches of all pairs, one source each, while others read: nobody ever sees a piece of a batch.
pub(crate) async fn a_snapshot_has_whole_batches_whoever_writes(cache: Cache) {
    const PAIRS: [&str; 5] = ["EURUSD", "GBPUSD", "USDJPY", "USDCHF", "AUDUSD"];
    const ROUNDS: i64 = 60;
    let batch = |source: &'static str, round| PAIRS.map(|pair| rate(source, pair, round, round)).to_vec();
    let first = ["a", "b"].into_iter().flat_map(|source| batch(source, 0)).collect();
    cache.fill(&[0], first).await.expect("filled");
    let write = |source: &'static str| {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move {
            for round in 1..=ROUNDS {
                cache.put_rates(&[0], batch(source, round)).await.expect("taken");
            }
        })
    };
    let writers = [write("a"), write("b")];
    let mut seen = 0;
    while seen < 2 * ROUNDS {
        let rates = cache.rates().await.expect("answers");
        let times = |source: &str| {
            let of_source = rates.iter().filter_map(|latest| latest.accepted.as_ref());
            of_source.filter(|rate| rate.source.as_str() == source).map(|rate| rate.source_ts).collect::<Vec<_>>()
        };
        let (a, b) = (times("a"), times("b"));
        assert_eq!((a.len(), b.len()), (PAIRS.len(), PAIRS.len()));
        assert!(a.iter().all(|time| *time == a[0]) && b.iter().all(|time| *time == b[0]), "{a:?} {b:?}");
        let now_seen = (a[0] - at(0)).num_seconds() + (b[0] - at(0)).num_seconds();
        assert!(now_seen >= seen, "time does not go back");
        seen = now_seen;
    }
    for writer in writers {
        writer.await.expect("written");
    }
}
