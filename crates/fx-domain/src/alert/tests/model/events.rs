//! What happens: rates of two feeds around a level, with everything that can be odd about them, time, people, and restarts.

use proptest::prelude::*;

use super::super::*;
use crate::feed::Market;
use crate::rate::Volatility;

#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A message of the log that was fetched then; one without a rate says only that time has passed.
    Message(Timestamp, Option<KnownRate>),
    /// Nobody wants to be told for so many minutes.
    Snooze(i64),
    Resume,
    Acknowledge,
    Restart,
}

#[derive(Clone, Debug)]
struct Seed {
    kind: u32,
    minutes: i64,
    value: usize,
    lag_ms: i64,
    is_table: bool,
    volatility: Option<f64>,
}

const VALUES: [f64; 9] = [1.06, 1.075, 1.08, 1.09, 1.1, 1.11, 1.12, 1.125, 1.14];

pub(super) fn any() -> impl Strategy<Value = Vec<Event>> {
    let minutes = prop::sample::select(&[0, 0, 0, 1, 1, 1, 2, 3, 7, 30][..]);
    // Several come within a thousandth of a window.
    let lag = prop::sample::select(&[0, 0, 400, 700, 60_000, 240_000][..]);
    let volatility = prop::option::weighted(0.8, prop::sample::select(&[0.05, 0.1, 0.15][..]));
    let seed = (0u32..40, minutes, 0..VALUES.len(), lag, prop::bool::weighted(0.3), volatility);
    let seed = seed.prop_map(|(kind, minutes, value, lag_ms, is_table, volatility)| Seed {
        kind,
        minutes,
        value,
        lag_ms,
        is_table,
        volatility,
    });
    // A Wednesday, and a Friday of which the market closes in the middle.
    let begin = prop::sample::select(&[0, 0, 2 * 24 * 60 + 9 * 60 + 30][..]);
    (begin, prop::collection::vec(seed, 1..70)).prop_map(|(begin, seeds)| events(begin, seeds))
}

fn events(begin: i64, seeds: Vec<Seed>) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rates: Vec<KnownRate> = Vec::new();
    let mut now = begin;
    for seed in seeds {
        now += seed.minutes;
        let mut next = rate(&seed, now);
        let last = rates.iter().rev().find(|rate| rate.source == next.source).cloned();
        match (seed.kind, last) {
            (0, _) => {
                events.push(Event::Snooze(seed.minutes * 4));
                continue;
            }
            (1, _) => {
                events.push(Event::Resume);
                continue;
            }
            (2 | 3, _) => {
                events.push(Event::Acknowledge);
                continue;
            }
            (4..=6, _) => {
                events.push(Event::Restart);
                continue;
            }
            (7..=10, _) => {
                events.push(Event::Message(minute(now), None));
                continue;
            }
            (11, _) => (next.source_ts, next.aged_from) = (minute(now - 9), minute(now - 9)),
            (12, Some(last)) => next = last,
            (13, Some(last)) => (next.source_ts, next.aged_from) = (last.source_ts, last.aged_from),
            (14..=19, _) => next.quality = Quality::Suspect,
            (20..=23, Some(_)) => {
                let held =
                    rates.iter().rev().find(|rate| rate.source == next.source && rate.quality == Quality::Suspect);
                if let Some(held) = held {
                    next = KnownRate { fetched_at: next.fetched_at, quality: Quality::Ok, ..held.clone() };
                }
            }
            // Another feed's message was fetched earlier and comes later.
            (24, _) => next.fetched_at = minute(now - 3),
            _ => {}
        }
        next.market_open = next.kind == FeedKind::Table || Market::Spot.is_open(next.source_ts);
        rates.push(next.clone());
        events.push(Event::Message(next.fetched_at, Some(next)));
    }
    events
}

fn rate(seed: &Seed, now: i64) -> KnownRate {
    let (name, kind) = if seed.is_table { ("ecb", FeedKind::Table) } else { ("kraken", FeedKind::Stream) };
    let source_ts = minute(now) - TimeDelta::milliseconds(seed.lag_ms);
    let mid = VALUES[seed.value];
    KnownRate {
        source: name.parse().expect("a source"),
        pair: "EURUSD".parse().expect("a pair"),
        kind,
        market: Market::Spot,
        market_open: kind == FeedKind::Table || Market::Spot.is_open(source_ts),
        source_ts,
        aged_from: source_ts - TimeDelta::seconds(if seed.kind == 30 { 90 } else { 0 }),
        fetched_at: minute(now),
        mid,
        inverse: 1.0 / mid,
        quality: Quality::Ok,
        precision_bp: None,
        is_derived: None,
        volatility: Volatility { price_stddev_20: seed.volatility, realized_vol: seed.volatility, ewma_vol: None },
    }
}
