mod backtest;
mod machine;
mod model;
mod reading;

use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

use super::*;
use crate::clock::Timestamp;
use crate::feed::FeedKind;
use crate::rate::Quality;

fn rule(json: &str) -> Rule {
    Rule::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// Minutes after a Wednesday noon.
fn minute(minutes: i64) -> Timestamp {
    DateTime::from_timestamp(1_768_392_000, 0).expect("in range") + TimeDelta::minutes(minutes)
}

fn update(minutes: i64, value: f64) -> Update {
    let source = "ecb".parse().expect("a source");
    let seen = Seen { value, source, source_ts: minute(minutes), fetched_at: minute(minutes) };
    Update {
        seen,
        kind: FeedKind::Table,
        market_open: true,
        quality: Quality::Ok,
        aged_from: minute(minutes),
        precision_bp: None,
        is_derived: None,
    }
}

fn watched(rule: &Rule) -> Watched<'_> {
    Watched::new(Uuid::from_u128(7), rule, "EURUSD".parse().expect("a pair"))
}

/// A rate of a condition that measures nothing else.
fn rate(update: &Update) -> Input<'_> {
    Input::Rate(update, Reading::default())
}

/// Shows `rule` the updates, each at its own `fetched_at`.
fn run(rule: &Rule, updates: &[Update]) -> (PairState, Vec<Transition>) {
    let mut state = PairState::default();
    let mut transitions = Vec::new();
    for update in updates {
        let next = step(&watched(rule), state, &rate(update), update.seen.fetched_at);
        state = next.state;
        transitions.extend(next.transitions);
    }
    (state, transitions)
}
