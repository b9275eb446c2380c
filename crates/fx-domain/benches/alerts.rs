//! 100,000 active rules over 36 pairs: a batch of all pairs, one pair after the other and by rayon, and what they take of the
//! memory. And one rule over a month of minutes, backtested.
//!
//! The engine evaluates by rayon from some thousand rules on: below that, handing out the work costs more than it saves.

#![expect(clippy::print_stdout, reason = "the figures")]

#[path = "../../../benches/figures.rs"]
mod figures;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use figures::figure;
use fx_domain::alert::backtest::backtest;
use fx_domain::alert::{ActiveRule, FeedRank, Findings, KnownRate, PairWatch, Rule};
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, Market};
use fx_domain::pair::{Pair, all_pairs};
use fx_domain::rate::{Quality, Volatility};
use rayon::prelude::*;
use uuid::Uuid;

const RULES: u32 = 100_000;
const BATCHES: i64 = 30;
const MINUTES: i64 = 30_000;

fn minute(minutes: i64) -> Timestamp {
    DateTime::from_timestamp(1_768_392_000, 0).expect("in range") + TimeDelta::minutes(minutes)
}

fn feeds() -> Vec<FeedRank> {
    vec![FeedRank { source: "kraken".parse().expect("a source"), stale_after: TimeDelta::minutes(5) }]
}

/// A rate that moves by a few hundredths of a percent each minute.
fn rate(pair: Pair, minutes: i64) -> KnownRate {
    let mid = 1.1 + f64::from(i32::try_from(minutes * 7919 % 101).expect("small")) / 20_000.0;
    KnownRate {
        source: "kraken".parse().expect("a source"),
        pair,
        kind: FeedKind::Table,
        market: Market::Spot,
        market_open: true,
        source_ts: minute(minutes),
        aged_from: minute(minutes),
        fetched_at: minute(minutes),
        mid,
        inverse: 1.0 / mid,
        quality: Quality::Ok,
        precision_bp: Some(0.1),
        is_derived: Some(false),
        volatility: Volatility { ewma_vol: Some(0.07), ..Volatility::default() },
    }
}

/// Levels mostly, each its own, and some of every other kind.
fn rule(pair: Pair, at: u32) -> Rule {
    let condition = match at % 20 {
        0 => r#"{"kind":"change_pct","percent":0.4,"window":"1h"}"#.to_owned(),
        1 => format!(r#"{{"kind":"change_abs","delta":0.01,"window":"{}m"}}"#, 5 + at % 30),
        2 => r#"{"kind":"zscore","updates":20,"threshold":3}"#.to_owned(),
        3 => r#"{"kind":"volatility_above","measure":"ewma_vol","threshold":0.1}"#.to_owned(),
        4 => r#"{"kind":"leaves_channel","low":1.0,"high":1.2}"#.to_owned(),
        5 => r#"{"kind":"stale","factor":3}"#.to_owned(),
        _ => format!(r#"{{"kind":"above","threshold":{}}}"#, 1.1 + f64::from(at % 1000) / 5000.0),
    };
    let json = format!(r#"{{"pair":"{pair}","condition":{condition}}}"#);
    Rule::from_json(json.as_bytes()).expect("a rule")
}

fn watches() -> Vec<(Pair, PairWatch)> {
    let codes = ["USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "CNY", "INR"];
    let pairs = all_pairs(&codes.map(|code| code.parse().expect("a currency")));
    let share = RULES / u32::try_from(pairs.len()).expect("few") + 1;
    let watch = |(place, pair): (u32, Pair)| {
        let active = |at: u32| ActiveRule {
            id: Uuid::from_u128((place * share + at).into()),
            rule: rule(pair, at),
            begun_at: minute(0),
            counts_from: 0,
            snoozed_until: None,
            acknowledged: Vec::new(),
        };
        let mut watch = PairWatch::new(pair);
        let rules: Vec<_> = (0..share).map(|at| (Arc::new(active(at)), pair)).collect();
        watch.set_rules(rules, |_, _| None);
        (pair, watch)
    };
    (0..).zip(pairs).map(watch).collect()
}

fn take(watch: &mut (Pair, PairWatch), at: i64, feeds: &[FeedRank]) -> usize {
    let mut found = Findings::default();
    watch.1.take(rate(watch.0, at), feeds, minute(at), &mut found);
    watch.1.unwritten_states().for_each(drop);
    found.transitions.len()
}

/// Of this process, in MB.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}

/// The median time of a batch.
fn batches(first: i64, mut one: impl FnMut(i64) -> usize) -> (Duration, usize) {
    let mut moved = 0;
    let mut took: Vec<Duration> = (first..first + BATCHES)
        .map(|at| {
            let begun = Instant::now();
            moved += one(at);
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    (took[took.len() / 2], moved)
}

fn main() {
    let before = resident_mb();
    let feeds = feeds();
    let mut watches = watches();
    // The first shows every rule its side, and the windows fill.
    for at in 0..30 {
        for watch in &mut watches {
            take(watch, at, &feeds);
        }
    }
    figure("alerts_memory", format_args!("{:.0}", resident_mb() - before), "MB");
    let (alone, moved) = batches(30, |at| watches.iter_mut().map(|watch| take(watch, at, &feeds)).sum());
    let (shared, _) = batches(60, |at| watches.par_iter_mut().map(|watch| take(watch, at, &feeds)).sum());
    figure("alerts_batch", format_args!("{:.2}", alone.as_secs_f64() * 1e3), "ms");
    figure("alerts_batch_by_rayon", format_args!("{:.2}", shared.as_secs_f64() * 1e3), "ms");
    figure("alerts_transitions_in_batches", moved, "transitions");
    let pair: Pair = "EURUSD".parse().expect("a pair");
    let recorded: Vec<_> = (0..MINUTES).map(|at| (minute(at), rate(pair, at))).collect();
    for (name, at) in [("change", 0), ("zscore", 2), ("above", 6)] {
        let rule = rule(pair, at);
        let begun = Instant::now();
        let outcome = backtest(&rule, pair, &feeds, minute(0), recorded.iter().cloned());
        let took = begun.elapsed();
        assert_eq!(outcome.updates_read, MINUTES.unsigned_abs());
        figure(&format!("backtest_{name}"), format_args!("{:.1}", took.as_secs_f64() * 1e3), "ms");
    }
}
