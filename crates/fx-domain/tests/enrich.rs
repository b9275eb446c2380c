//! The enricher, from batches to enriched batches.
#![expect(
    clippy::unreadable_literal,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    clippy::similar_names,
    reason = "figures stand as they are published"
)]

use chrono::{DateTime, TimeDelta};
use fx_domain::batch::{Batch, Price, Quote};
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::enrich::{Checkpoint, EnrichSettings, Enricher};
use fx_domain::feed::{FeedKind, Market};
use fx_domain::pair::Pair;
use fx_domain::rate::{EnrichedBatch, Quality, Rate, SuspectReason, Volatility};
use proptest::prelude::*;

const DEFAULTS: [(&str, &str); 8] = [
    ("EUR", "0.907539"),
    ("GBP", "0.773358"),
    ("JPY", "148.042596"),
    ("CAD", "1.368645"),
    ("AUD", "1.500276"),
    ("CHF", "0.867267"),
    ("CNY", "7.165629"),
    ("INR", "83.920127"),
];

fn currency(code: &str) -> Currency {
    code.parse().expect("a currency")
}

fn pair(id: &str) -> Pair {
    id.parse().expect("a pair")
}

fn mid(code: &str, figure: &str) -> Quote {
    Quote { code: currency(code), price: Price::Mid(figure.parse().expect("a figure")) }
}

fn bid_ask(code: &str, bid: &str, ask: &str) -> Quote {
    let figure = |text: &str| text.parse().expect("a figure");
    Quote { code: currency(code), price: Price::BidAsk { bid: figure(bid), ask: figure(ask) } }
}

/// Noon of the n-th day after Monday 2024-01-01; nothing here minds the weekends.
fn day(n: i64) -> Timestamp {
    "2024-01-01T12:00:00Z".parse::<Timestamp>().expect("a time") + TimeDelta::days(n)
}

fn batch(kind: FeedKind, base: &str, at: Timestamp, quotes: Vec<Quote>) -> Batch {
    Batch {
        source: "test".parse().expect("a source"),
        kind,
        market: Market::Spot,
        base: currency(base),
        source_ts: at,
        fetched_at: at,
        quotes,
        publishes: Vec::new(),
        status: None,
    }
}

fn table(at: Timestamp, quotes: Vec<Quote>) -> Batch {
    batch(FeedKind::Table, "USD", at, quotes)
}

fn defaults(at: Timestamp) -> Batch {
    table(at, DEFAULTS.map(|(code, figure)| mid(code, figure)).to_vec())
}

fn enrich(enricher: &mut Enricher, batch: &Batch) -> Vec<EnrichedBatch> {
    enricher.enrich(batch, batch.fetched_at)
}

fn only(enricher: &mut Enricher, batch: &Batch) -> EnrichedBatch {
    let mut batches = enrich(enricher, batch);
    assert_eq!(batches.len(), 1, "nothing else was held");
    batches.remove(0)
}

fn rate<'a>(batch: &'a EnrichedBatch, id: &str) -> &'a Rate {
    batch.rates.iter().find(|rate| rate.pair == pair(id)).unwrap_or_else(|| panic!("no {id} in {batch:?}"))
}

#[test]
fn a_table_of_eight_gives_its_eight_and_twenty_eight_crosses() {
    let enriched = only(&mut Enricher::default(), &defaults(day(0)));
    assert_eq!(enriched.rates.len(), 36);
    assert_eq!(enriched.rates.iter().filter(|rate| rate.is_derived()).count(), 28);
    let euro = rate(&enriched, "EURUSD");
    assert_eq!(euro.sides.mid, 1.0 / 0.907539);
    assert_eq!(euro.path().collect::<Vec<_>>(), [pair("EURUSD")]);
    let cross = rate(&enriched, "EURJPY");
    assert!((cross.sides.mid - 148.042596 / 0.907539).abs() < 1e-9);
    assert_eq!(cross.path().collect::<Vec<_>>(), [pair("EURUSD"), pair("USDJPY")]);
    let precision = 0.5e-6 / 148.042596 * 1e4 + 0.5e-6 / 0.907539 * 1e4;
    assert!((cross.precision_bp - precision).abs() < 1e-12);
    assert_eq!(cross.volatility, Volatility::default());
}

#[test]
fn a_repeated_poll_is_no_new_rate() {
    let mut enricher = Enricher::default();
    only(&mut enricher, &defaults(day(0)));
    let again = Batch { fetched_at: day(1), ..defaults(day(0)) };
    assert_eq!(only(&mut enricher, &again).rates, []);
}

#[test]
fn a_correction_replaces_the_newest_value_in_the_windows() {
    let (mut corrected, mut right) = (Enricher::default(), Enricher::default());
    for n in 0..40 {
        let figure = format!("{:.4}", 0.9 + 0.001 * f64::from(n % 7));
        let truth = table(day(n.into()), vec![mid("EUR", &figure), mid("GBP", "0.7734")]);
        let wrong = table(day(n.into()), vec![mid("EUR", "0.9100"), mid("GBP", "0.7734")]);
        only(&mut corrected, &wrong);
        let second =
            only(&mut corrected, &Batch { fetched_at: truth.fetched_at + TimeDelta::hours(1), ..truth.clone() });
        let first = only(&mut right, &truth);
        if figure != "0.9100" {
            assert_eq!(second.rates.len(), 2, "the pound and its own rates said nothing new");
            for id in ["EURUSD", "EURGBP"] {
                assert_eq!(rate(&second, id).volatility, rate(&first, id).volatility);
            }
        }
    }
}

#[test]
fn a_late_rate_enters_no_window() {
    let (mut with_late, mut without) = (Enricher::default(), Enricher::default());
    for n in 0..30 {
        let quotes = |n: i64| vec![mid("EUR", &format!("{:.4}", 0.9 + 0.001 * (n % 5) as f64)), mid("GBP", "0.7734")];
        let now = only(&mut with_late, &table(day(n), quotes(n)));
        assert_eq!(now, only(&mut without, &table(day(n), quotes(n))));
        let late =
            only(&mut with_late, &table(day(n) - TimeDelta::hours(1), vec![mid("EUR", "0.95"), mid("GBP", "0.8")]));
        assert_eq!(late.rates.len(), 3, "it is kept, with its cross");
        assert!(late.rates.iter().all(|rate| rate.volatility == Volatility::default()));
    }
}

#[test]
fn a_suspect_is_held_with_its_crosses_and_withdrawn_when_the_old_level_is_back() {
    let mut enricher = Enricher::default();
    let euro = |at, figure: &str| table(at, vec![mid("EUR", figure), mid("GBP", "0.7734")]);
    only(&mut enricher, &euro(day(0), "0.9075"));
    let held = only(&mut enricher, &euro(day(1), "9.075"));
    assert_eq!(rate(&held, "EURUSD").reason, Some(SuspectReason::DecimalShift));
    assert_eq!(rate(&held, "EURUSD").quality, Quality::Suspect);
    assert_eq!(rate(&held, "EURGBP").quality, Quality::Suspect);
    assert_eq!(rate(&held, "GBPUSD").quality, Quality::Ok);
    let back = only(&mut enricher, &euro(day(2), "0.9080"));
    assert!(back.rates.iter().all(|rate| rate.quality == Quality::Ok));
}

#[test]
fn two_more_updates_at_the_new_level_make_it_true_and_nothing_of_it_is_lost() {
    let (mut doubting, mut trusting) = (Enricher::default(), Enricher::default());
    let quotes = |n: i64, euro: f64| {
        table(
            day(n),
            vec![
                mid("EUR", &format!("{:.4}", euro + 0.001 * (n % 5) as f64)),
                mid("GBP", &format!("{:.4}", 0.77 + 0.001 * (n % 3) as f64)),
            ],
        )
    };
    for n in 0..30 {
        only(&mut doubting, &quotes(n, 0.9));
    }
    for n in 30..32 {
        let held = only(&mut doubting, &quotes(n, 9.0));
        assert_eq!(rate(&held, "EURGBP").quality, Quality::Suspect);
    }
    let accepted = enrich(&mut doubting, &quotes(32, 9.0));
    assert_eq!(accepted.iter().map(|batch| batch.source_ts).collect::<Vec<_>>(), [day(30), day(31), day(32)]);
    assert!(accepted.iter().all(|batch| batch.fetched_at == day(32)), "they are newer versions");
    assert!(accepted.iter().flat_map(|batch| &batch.rates).all(|rate| rate.quality == Quality::Ok));
    assert!(accepted[0].rates.iter().all(|rate| rate.pair != pair("GBPUSD")), "the pound was never in doubt");
    // An enricher that is told the new level in small steps has no reason to hold anything.
    for n in 0..33 {
        let level = if n < 30 { 0.9 } else { 9.0 };
        let steps = if n == 30 { vec![1.2, 1.6, 2.2, 3.0, 4.2, 6.0] } else { vec![] };
        for step in steps {
            only(&mut trusting, &quotes(30, step));
        }
        let last = enrich(&mut trusting, &Batch { fetched_at: day(40), ..quotes(n, level) });
        if n == 32 {
            for id in ["EURUSD", "EURGBP"] {
                let (have, want) = (rate(&accepted[2], id), rate(last.last().expect("one"), id));
                assert_eq!(have.sides, want.sides);
                assert_eq!(have.volatility.price_stddev_20, want.volatility.price_stddev_20);
            }
        }
    }
}

#[test]
fn three_updates_within_a_minute_are_not_enough() {
    let mut enricher = Enricher::default();
    let tick = |second: i64, bid: &str, ask: &str| {
        let at = day(1) + TimeDelta::seconds(second);
        batch(FeedKind::Stream, "EUR", at, vec![bid_ask("USD", bid, ask)])
    };
    only(&mut enricher, &tick(0, "1.0841", "1.0842"));
    for second in [1, 20, 40, 59] {
        assert_eq!(rate(&only(&mut enricher, &tick(second, "2.0841", "2.0842")), "EURUSD").quality, Quality::Suspect);
    }
    let accepted = enrich(&mut enricher, &tick(61, "2.0841", "2.0842"));
    assert_eq!(accepted.len(), 5);
}

#[test]
fn the_swiss_franc_of_january_2015_is_unusual_and_counts() {
    let mut enricher = Enricher::default();
    let franc =
        |n: i64, figure: &str| batch(FeedKind::Table, "EUR", day(n), vec![mid("CHF", figure), mid("USD", "1.1708")]);
    for n in 0..25 {
        only(&mut enricher, &franc(n, if n % 2 == 0 { "1.2010" } else { "1.2009" }));
    }
    let crash = only(&mut enricher, &franc(25, "1.0280"));
    assert_eq!(rate(&crash, "EURCHF").quality, Quality::Unusual);
    assert_eq!(rate(&crash, "USDCHF").quality, Quality::Unusual, "as good as its worst leg");
    assert!(rate(&crash, "EURCHF").volatility.realized_vol.is_some());
}

#[test]
fn a_streams_cross_takes_the_newest_of_each_leg() {
    let mut enricher = Enricher::default();
    let at = |second: i64| day(1) + TimeDelta::seconds(second);
    only(&mut enricher, &batch(FeedKind::Stream, "EUR", at(0), vec![bid_ask("USD", "1.0841", "1.0843")]));
    let enriched =
        only(&mut enricher, &batch(FeedKind::Stream, "USD", at(5), vec![bid_ask("JPY", "150.00", "150.02")]));
    let cross = rate(&enriched, "EURJPY");
    let (bid, ask) = cross.sides.bid_ask.expect("both legs have sides");
    assert!((bid - 1.0841 * 150.00).abs() < 1e-9 && (ask - 1.0843 * 150.02).abs() < 1e-9);
    assert_eq!(cross.older_leg_ts, Some(at(0)));
    assert_eq!(enriched.source_ts, at(5), "the newer leg's time");
}

#[test]
fn what_a_stream_publishes_is_never_derived() {
    let mut enricher = Enricher::default();
    let told = Batch { publishes: vec![pair("EURGBP")], ..batch(FeedKind::Stream, "USD", day(1), vec![]) };
    only(&mut enricher, &told);
    only(&mut enricher, &batch(FeedKind::Stream, "EUR", day(1), vec![bid_ask("USD", "1.0841", "1.0843")]));
    let pound = only(&mut enricher, &batch(FeedKind::Stream, "GBP", day(1), vec![bid_ask("USD", "1.2841", "1.2843")]));
    assert_eq!(pound.rates.iter().map(|rate| rate.pair).collect::<Vec<_>>(), [pair("GBPUSD")]);
    let own = only(&mut enricher, &batch(FeedKind::Stream, "EUR", day(1), vec![bid_ask("GBP", "0.8441", "0.8443")]));
    assert!(!rate(&own, "EURGBP").is_derived());
}

#[test]
fn of_a_streams_minute_the_last_rate_counts() {
    let (mut busy, mut calm) = (Enricher::default(), Enricher::default());
    let tick = |seconds: i64, bid: f64| {
        let quotes = vec![bid_ask("USD", &format!("{bid:.5}"), &format!("{:.5}", bid + 0.0001))];
        batch(FeedKind::Stream, "EUR", day(1) + TimeDelta::seconds(seconds), quotes)
    };
    for minute in 0..30 {
        let last = 1.08 + 0.0001 * (minute % 7) as f64;
        for second in [1, 20, 40] {
            only(&mut busy, &tick(minute * 60 + second, 1.08 + 0.00001 * second as f64));
        }
        let have = only(&mut busy, &tick(minute * 60 + 59, last));
        assert_eq!(have, only(&mut calm, &tick(minute * 60 + 59, last)));
    }
}

#[test]
fn a_stream_on_a_sunday_enters_no_window() {
    let mut enricher = Enricher::default();
    let sunday: Timestamp = "2024-01-07T12:00:00Z".parse().expect("a time");
    for minute in 0..30 {
        let at = sunday + TimeDelta::minutes(minute);
        let enriched =
            only(&mut enricher, &batch(FeedKind::Stream, "EUR", at, vec![bid_ask("USD", "1.0841", "1.0843")]));
        assert_eq!(rate(&enriched, "EURUSD").volatility, Volatility::default());
    }
}

#[test]
fn all_crosses_of_the_widest_table_are_found_whether_in_parallel_or_not() {
    let codes: Vec<Currency> = Currency::all().filter(|&code| code != Currency::USD).take(165).collect();
    let quotes = codes.iter().map(|code| mid(code.code(), "1.25")).collect();
    let enriched = only(&mut Enricher::default(), &table(day(0), quotes));
    assert_eq!(enriched.rates.len(), 165 + 165 * 164 / 2);
    let mut pairs: Vec<Pair> = enriched.rates.iter().map(|rate| rate.pair).collect();
    pairs.sort_unstable();
    pairs.dedup();
    assert_eq!(pairs.len(), enriched.rates.len());
}

fn restarted(enricher: &Enricher) -> Enricher {
    let mut fresh = Enricher::new(EnrichSettings::default());
    for (source, checkpoint) in enricher.checkpoints() {
        let written = serde_json::to_string(&checkpoint).expect("plain data");
        let read: Checkpoint = serde_json::from_str(&written).expect("as written");
        fresh.restore(source.clone(), read);
    }
    fresh
}

prop_compose! {
    /// Tables as they may come: in order, again, late, corrected, ten times too high.
    fn hostile_table()(
        at in 0i64..80, version in 0i64..3, euro in 0.88..0.92f64, pound in 0.75..0.79f64,
        shift in prop::sample::select(vec![1.0, 1.0, 1.0, 1.0, 10.0]), only_euro in any::<bool>(),
    ) -> Batch {
        let mut quotes = vec![mid("EUR", &format!("{:.4}", euro * shift))];
        if !only_euro {
            quotes.push(mid("GBP", &format!("{pound:.4}")));
            quotes.push(mid("JPY", &format!("{:.2}", 140.0 + 10.0 * pound)));
        }
        Batch { fetched_at: day(at) + TimeDelta::hours(version), ..table(day(at), quotes) }
    }
}

prop_compose! {
    fn hostile_tick()(
        at in 0i64..6_000_000_000, jitter in 0.0..0.001f64,
        shift in prop::sample::select(vec![1.0, 1.0, 1.0, 10.0]), which in 0..3usize,
    ) -> Batch {
        let (base, code, level) = [("EUR", "USD", 1.08), ("USD", "JPY", 150.0), ("EUR", "GBP", 0.84)][which];
        let bid = level * shift * (1.0 + jitter);
        let quotes = vec![bid_ask(code, &format!("{bid:.5}"), &format!("{:.5}", bid * 1.0001))];
        let at = day(1).timestamp_micros() + at;
        batch(FeedKind::Stream, base, DateTime::from_timestamp_micros(at).expect("in range"), quotes)
    }
}

fn check_restart(batches: &[Batch], restart_before: usize) {
    let (mut undisturbed, mut disturbed) = (Enricher::default(), Enricher::default());
    for (i, batch) in batches.iter().enumerate() {
        if i == restart_before {
            disturbed = restarted(&disturbed);
        }
        assert_eq!(enrich(&mut undisturbed, batch), enrich(&mut disturbed, batch));
    }
}

proptest! {
    #[test]
    fn a_restart_at_any_point_changes_no_bit(
        batches in prop::collection::vec(hostile_table(), 1..120), restart_before in 0usize..120,
    ) {
        check_restart(&batches, restart_before);
    }

    #[test]
    fn nor_for_a_stream(batches in prop::collection::vec(hostile_tick(), 1..120), restart_before in 0usize..120) {
        check_restart(&batches, restart_before);
    }

    #[test]
    fn messages_keep_every_bit(batches in prop::collection::vec(hostile_table(), 1..40)) {
        let mut enricher = Enricher::default();
        for batch in batches {
            let written = serde_json::to_string(&batch).expect("plain data");
            prop_assert_eq!(&serde_json::from_str::<Batch>(&written).expect("as written"), &batch);
            for enriched in enrich(&mut enricher, &batch) {
                let written = serde_json::to_string(&enriched).expect("plain data");
                prop_assert_eq!(serde_json::from_str::<EnrichedBatch>(&written).expect("as written"), enriched);
            }
        }
    }
}
