//! What every history must do.

use chrono::{DateTime, TimeDelta};
use fx_domain::batch::Price;
use fx_domain::candle::Interval;
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::figure::Figure;
use fx_domain::pair::Pair;
use fx_domain::rate::{Origin, Published, Quality, Rate, RateRecord, Sides, SuspectReason, Volatility};
use fx_store::rates::{CandleQuery, Day, HistoryQuery, Moment, Order};

use crate::backend::Backend;

contracts! {
    every_field_comes_back_as_it_was_and_survives_a_restart,
    the_later_version_stays_in_whatever_order_they_come,
    of_two_versions_in_one_piece_the_later_one_counts,
    history_comes_in_pages_both_ways,
    the_latest_are_the_newest_accepted_and_a_newer_held_one,
    a_late_rate_changes_no_latest,
    many_moments_are_answered_in_the_order_asked,
    candles_are_of_accepted_mids_and_none_is_invented,
    candles_of_every_interval_begin_where_utc_says,
    a_day_has_another_stamp_after_each_change,
    what_is_older_is_pruned_and_what_is_not_stays,
    nothing_is_asked_of_nothing,
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_768_392_000, 123_456_000).expect("in range") + TimeDelta::seconds(seconds)
}

pub(crate) fn pair(id: &str) -> Pair {
    id.parse().expect("a pair")
}

pub(crate) fn source(name: &str) -> Source {
    name.parse().expect("a source")
}

fn figure(text: &str) -> Figure {
    text.parse().expect("a figure")
}

/// A rate of `ecb` as it was published, in either direction, fetched a second after its own time.
pub(crate) fn published(id: &str, price: &str, source_ts: Timestamp) -> RateRecord {
    record(id, Price::Mid(figure(price)), source_ts)
}

fn record(id: &str, price: Price, source_ts: Timestamp) -> RateRecord {
    let published = Published { pair: pair(id), price };
    let pair = pair(id).orient();
    let rate = Rate {
        pair,
        sides: published.sides_of(pair),
        origin: Origin::Published(Box::new(published)),
        precision_bp: 0.1 + 0.2,
        quality: Quality::Ok,
        reason: None,
        volatility: Volatility::default(),
        older_leg_ts: None,
    };
    let fetched_at = source_ts + TimeDelta::seconds(1);
    RateRecord { source: source("ecb"), source_ts, fetched_at, ingested_at: fetched_at, rate }
}

fn held(mut record: RateRecord) -> RateRecord {
    record.rate.quality = Quality::Suspect;
    record.rate.reason = Some(SuspectReason::DecimalShift);
    record
}

fn everything(id: &str) -> HistoryQuery {
    HistoryQuery {
        source: source("ecb"),
        pair: pair(id),
        from: None,
        to: None,
        order: Order::Ascending,
        after: None,
        limit: 1000,
    }
}

async fn history(store: &Backend, query: HistoryQuery) -> Vec<RateRecord> {
    store.rates.history(query).await.expect("reads")
}

async fn write(store: &Backend, records: impl IntoIterator<Item = RateRecord>) -> usize {
    store.rates.write(records.into_iter().collect()).await.expect("writes")
}

async fn every_field_comes_back_as_it_was_and_survives_a_restart(store: Backend) {
    let sides = |bid: &str, ask: &str| Price::BidAsk { bid: figure(bid), ask: figure(ask) };
    let mut unusual = record("USDEUR", sides("0.92230", "0.9224000"), at(1));
    unusual.rate.quality = Quality::Unusual;
    unusual.rate.volatility =
        Volatility { price_stddev_20: Some(1.0 / 3.0), realized_vol: Some(0.07), ewma_vol: Some(f64::MIN_POSITIVE) };
    let mut derived = published("EURGBP", "1", at(2));
    derived.rate.origin = Origin::Derived([pair("EURUSD"), pair("GBPUSD")]);
    derived.rate.sides = Sides { mid: 0.1 + 0.7, bid_ask: Some((0.8, 0.800_000_000_001)) };
    derived.rate.older_leg_ts = Some(at(-100));
    let written = [
        published("EURUSD", "1.08420", at(0)),
        published("EURUSD", "1.084212345678901234567890", at(1)),
        published("EURUSD", "1.0842e0", at(2)),
        record("EURUSD", sides("1.1", "1.20"), at(3)),
        held(published("EURUSD", "10.842", at(4))),
        unusual,
        derived,
    ];
    assert_eq!(write(&store, written.clone()).await, 7 - 1, "two are of the same time, the inverse is the same pair");
    let store = store.restart().await;
    let kept = [&written[0], &written[1], &written[2], &written[3], &written[4]].map(Clone::clone);
    assert_eq!(history(&store, everything("EURUSD")).await, kept);
    assert_eq!(history(&store, everything("EURGBP")).await, [written[6].clone()]);
    let mut later = written[5].clone();
    later.fetched_at += TimeDelta::seconds(1);
    assert_eq!(write(&store, [later.clone()]).await, 1);
    assert_eq!(history(&store, everything("EURUSD")).await[1], later);
}

async fn the_later_version_stays_in_whatever_order_they_come(store: Backend) {
    let first = published("EURUSD", "1.0842", at(0));
    let mut correction = published("EURUSD", "1.0900", at(0));
    correction.fetched_at += TimeDelta::microseconds(1);
    let mut same_version = first.clone();
    same_version.rate.precision_bp = 9.0;
    assert_eq!(write(&store, [first.clone()]).await, 1);
    assert_eq!(write(&store, [first.clone()]).await, 0);
    assert_eq!(write(&store, [same_version]).await, 0);
    assert_eq!(history(&store, everything("EURUSD")).await, std::slice::from_ref(&first));
    assert_eq!(write(&store, [correction.clone()]).await, 1);
    assert_eq!(write(&store, [first]).await, 0);
    assert_eq!(history(&store, everything("EURUSD")).await, [correction]);
}

async fn of_two_versions_in_one_piece_the_later_one_counts(store: Backend) {
    let first = published("EURUSD", "1.0842", at(0));
    let mut second = published("EURUSD", "1.0900", at(0));
    second.fetched_at += TimeDelta::seconds(1);
    let mut again = second.clone();
    again.rate.precision_bp = 9.0;
    assert_eq!(write(&store, [first, second.clone(), again]).await, 1);
    assert_eq!(history(&store, everything("EURUSD")).await, [second]);
}

async fn history_comes_in_pages_both_ways(store: Backend) {
    let written: Vec<_> = (0..7).map(|hour| published("EURUSD", "1.0842", at(hour * 3600))).collect();
    // From one partition into the next, and another pair and another source beside it.
    let mut old: Vec<_> = ["1968-06-01", "1999-01-04", "2024-12-31", "2025-01-01"]
        .map(|day| published("EURUSD", "1.1", format!("{day}T15:00:00Z").parse().expect("a time")))
        .into();
    let mut elsewhere = published("EURUSD", "1.3", at(0));
    elsewhere.source = source("kraken");
    let others = [published("GBPUSD", "1.3", at(0)), elsewhere];
    write(&store, written.iter().cloned().rev().chain(others).chain(old.clone())).await;
    old.extend(written);
    let all = old;
    for order in [Order::Ascending, Order::Descending] {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = history(&store, HistoryQuery { order, after, limit: 3, ..everything("EURUSD") }).await;
            let Some(last) = page.last() else { break };
            after = Some(last.source_ts);
            paged.extend(page);
        }
        if order == Order::Descending {
            paged.reverse();
        }
        assert_eq!(paged, all);
    }
    let part = HistoryQuery { from: Some(at(3600)), to: Some(at(3 * 3600)), ..everything("EURUSD") };
    assert_eq!(history(&store, part.clone()).await, all[5..7]);
    let rest = HistoryQuery { after: Some(at(2 * 3600)), order: Order::Descending, ..part };
    assert_eq!(history(&store, rest).await, all[5..6]);
}

async fn the_latest_are_the_newest_accepted_and_a_newer_held_one(store: Backend) {
    let mut elsewhere = published("EURUSD", "1.3", at(-9_000_000));
    elsewhere.source = source("kraken");
    let only_held = held(published("USDJPY", "15000", at(0)));
    let accepted = published("EURUSD", "1.0842", at(10));
    let newer_held = held(published("EURUSD", "10.842", at(20)));
    let older_held = held(published("GBPUSD", "13.0", at(0)));
    let newest = published("GBPUSD", "1.3", at(5));
    let older = published("EURUSD", "1.0", at(0));
    let all = [&elsewhere, &only_held, &accepted, &newer_held, &older_held, &newest, &older];
    write(&store, all.map(Clone::clone)).await;
    let latest = store.rates.latest().await.expect("reads");
    assert_eq!(latest, [accepted, newer_held, newest, only_held, elsewhere]);
}

async fn a_late_rate_changes_no_latest(store: Backend) {
    let newest = published("EURUSD", "1.0842", at(0));
    write(&store, [newest.clone()]).await;
    let mut late = published("EURUSD", "1.2", at(-40 * 86_400));
    late.fetched_at = at(100);
    assert_eq!(write(&store, [late.clone()]).await, 1);
    assert_eq!(store.rates.latest().await.expect("reads"), std::slice::from_ref(&newest));
    assert_eq!(history(&store, everything("EURUSD")).await, [late, newest]);
}

async fn many_moments_are_answered_in_the_order_asked(store: Backend) {
    let old = published("EURUSD", "1.1", "1999-01-04T15:00:00Z".parse().expect("a time"));
    let first = published("EURUSD", "1.0842", at(0));
    let wrong = held(published("EURUSD", "10.842", at(10)));
    let second = published("EURUSD", "1.0843", at(20));
    let other = published("USDJPY", "150.01", at(0));
    write(&store, [&old, &first, &wrong, &second, &other].map(Clone::clone)).await;
    let moment = |id: &str, at| Moment { source: source("ecb"), pair: pair(id), at };
    let asked = vec![
        moment("EURUSD", at(20)),
        moment("EURUSD", at(19)),
        moment("USDJPY", at(-1)),
        moment("USDJPY", at(1_000_000)),
        moment("EURUSD", at(-1)),
        moment("EURUSD", old.source_ts - TimeDelta::microseconds(1)),
        moment("EURUSD", at(20)),
    ];
    let answered = store.rates.at_or_before(asked).await.expect("reads");
    let expected = [Some(&second), Some(&first), None, Some(&other), Some(&old), None, Some(&second)];
    assert_eq!(answered, expected.map(Option::<&RateRecord>::cloned));
}

async fn candles_are_of_accepted_mids_and_none_is_invented(store: Backend) {
    let begin: Timestamp = "2026-01-14T10:00:00Z".parse().expect("a time");
    let after = |minutes| begin + TimeDelta::minutes(minutes);
    let written = [
        published("EURUSD", "1.0", after(0)),
        published("EURUSD", "1.3", after(1)),
        published("EURUSD", "1.1", after(4)),
        held(published("EURUSD", "9.9", after(4) + TimeDelta::seconds(1))),
        published("USDEUR", "0.5", after(15)),
        published("EURUSD", "1.2", after(20)),
    ];
    write(&store, written).await;
    let query = CandleQuery {
        source: source("ecb"),
        pair: pair("EURUSD"),
        interval: Interval::M5,
        from: after(2),
        to: after(20),
    };
    let candles = store.rates.candles(query).await.expect("reads");
    let shown: Vec<_> = candles.iter().map(|it| (it.start, it.open, it.high, it.low, it.close, it.count)).collect();
    assert_eq!(shown, [(after(0), 1.0, 1.3, 1.0, 1.1, 3), (after(15), 2.0, 2.0, 2.0, 2.0, 1)]);
}

async fn candles_of_every_interval_begin_where_utc_says(store: Backend) {
    let time = |text: &str| text.parse::<Timestamp>().expect("a time");
    // The last and the first moment of two days, and one before 1970.
    let [before, last, first] =
        ["1969-12-31T23:59:59.999999Z", "2026-01-13T23:59:59.999999Z", "2026-01-14T00:00:00Z"].map(time);
    write(&store, [(before, "1.1"), (last, "1.2"), (first, "1.3")].map(|(at, price)| published("EURUSD", price, at)))
        .await;
    for interval in Interval::ALL {
        let query = |from, to| CandleQuery { source: source("ecb"), pair: pair("EURUSD"), interval, from, to };
        let candles = store.rates.candles(query(last, first + TimeDelta::microseconds(1))).await.expect("reads");
        let shown: Vec<_> = candles.iter().map(|it| (it.start, it.close, it.count)).collect();
        assert_eq!(shown, [(first - interval.width(), 1.2, 1), (first, 1.3, 1)], "{interval}");
        let candles = store.rates.candles(query(before, time("1970-01-01T00:00:00Z"))).await.expect("reads");
        let shown: Vec<_> = candles.iter().map(|it| (it.start, it.close)).collect();
        assert_eq!(shown, [(time("1970-01-01T00:00:00Z") - interval.width(), 1.1)], "{interval}");
    }
}

async fn a_day_has_another_stamp_after_each_change(store: Backend) {
    let day = |text: &str| format!("{text}T15:00:00Z").parse::<Timestamp>().expect("a time");
    let days = ["1969-12-31", "2025-12-31", "2026-01-14"].map(day);
    let stamps = async || {
        let (from, to) = (Day::of(days[0]), Day::of(days[2]).next());
        store.rates.stamps(&source("ecb"), from, to).await.expect("reads")
    };
    assert_eq!(stamps().await, []);
    write(&store, days.map(|at| published("EURUSD", "1.1", at))).await;
    let first = stamps().await;
    assert_eq!(first.iter().map(|(day, _)| *day).collect::<Vec<_>>(), days.map(Day::of));
    // The same again, another feed, and an older version change nothing.
    let mut older = published("EURUSD", "1.2", days[1]);
    older.fetched_at -= TimeDelta::seconds(1);
    let other = RateRecord { source: source("kraken"), ..published("EURUSD", "1.1", days[1]) };
    assert_eq!(write(&store, [published("EURUSD", "1.1", days[0]), older, other]).await, 1);
    assert_eq!(stamps().await, first);
    let mut corrected = published("EURUSD", "1.2", days[1]);
    corrected.fetched_at += TimeDelta::seconds(1);
    assert_eq!(write(&store, [corrected, published("EURGBP", "0.8", days[2])]).await, 2);
    let second = stamps().await;
    assert_eq!((second[0], second.len()), (first[0], 3));
    assert!(second[1] != first[1] && second[2] != first[2], "{first:?} {second:?}");
    while store.rates.prune(day("2026-01-01")).await.expect("prunes") > 0 {}
    let last = stamps().await;
    assert_eq!(last.last(), second.last());
    // A day of which all is gone may be said to have changed, or not to be there.
    assert!(last.iter().all(|now| now == &second[2] || !second.contains(now)), "{second:?} {last:?}");
}

async fn what_is_older_is_pruned_and_what_is_not_stays(store: Backend) {
    let day = |text: &str| format!("{text}T15:00:00Z").parse::<Timestamp>().expect("a time");
    let days = ["1960-01-01", "1999-01-04", "2025-12-31", "2026-01-01", "2026-01-14", "2026-01-15"].map(day);
    write(&store, days.map(|at| published("EURUSD", "1.1", at))).await;
    let mut removed = 0;
    loop {
        match store.rates.prune(day("2026-01-14")).await.expect("prunes") {
            0 => break,
            some => removed += some,
        }
    }
    assert_eq!(removed, 4);
    let left: Vec<_> = history(&store, everything("EURUSD")).await.iter().map(|it| it.source_ts).collect();
    assert_eq!(left, days[4..]);
    // What comes too late for the retention is kept until the next round.
    assert_eq!(write(&store, [published("EURUSD", "1.1", days[1])]).await, 1);
    assert_eq!(history(&store, everything("EURUSD")).await.len(), 3);
    assert_eq!(store.rates.prune(day("2026-01-14")).await.expect("prunes"), 1);
}

async fn nothing_is_asked_of_nothing(store: Backend) {
    assert_eq!(write(&store, []).await, 0);
    assert_eq!(store.rates.latest().await.expect("reads"), []);
    assert_eq!(store.rates.at_or_before(Vec::new()).await.expect("reads"), []);
    assert_eq!(history(&store, everything("EURUSD")).await, []);
    assert_eq!(store.rates.prune(at(0)).await.expect("prunes"), 0);
}
