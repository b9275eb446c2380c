//! What happened, in words that a person understands.

use chrono::{SecondsFormat, TimeDelta};

use super::condition::{ChannelKind, Condition, Direction, LevelKind, Move};
use super::machine::Watched;
use super::rule::Pairs;
use super::span;
use super::state::{PairState, State};
use super::transition::{Cause, Notice};
use crate::clock::Timestamp;
use crate::rate::Quality;

/// What a rule is called whose user gave it no name.
pub(super) fn name(pairs: &Pairs, condition: &Condition) -> String {
    let pairs = match pairs {
        Pairs::All => "every pair".to_owned(),
        Pairs::Named(pairs) => match pairs.as_slice() {
            [first] => first.to_string(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            [] => String::new(),
        },
    };
    let kind = condition.kind().name().replace('_', " ");
    let what = match condition {
        Condition::Level { threshold, .. } => format!("{kind} {threshold}"),
        Condition::Channel { low, high, .. } => format!("{kind} {low} to {high}"),
        Condition::Change { by, window, direction } => {
            let way = ["rises", "falls", "moves"][*direction as usize];
            format!("{way} {} in {}", size(*by), span::format(*window))
        }
        Condition::VolatilityAbove { measure, threshold } => format!("{} above {threshold}", measure.name()),
        Condition::Zscore { updates, threshold } => format!("zscore of {updates} above {threshold}"),
        Condition::Stale { factor } => format!("stale for {factor} times its cadence"),
        Condition::Divergence { sources: [first, second], bp } => format!("{first} and {second} {bp} bp apart"),
    };
    format!("{pairs} {what}")
}

/// Says why `watched` goes from `state` to `to`.
pub(super) fn of_change(watched: &Watched<'_>, state: &PairState, to: State, cause: &Cause<'_>) -> String {
    let Watched { rule, pair, .. } = watched;
    let value = cause.seen.value;
    let open = || state.fired_at.map(|fired| format!(", open since {}", clock_time(fired))).unwrap_or_default();
    let what = match (state.state, to) {
        (_, State::Expired) if rule.expires_at.is_some_and(|over| over <= cause.at) => {
            format!("{pair} {value} was the last rate, the alert's time is over")
        }
        (State::Recovering, State::Firing) => {
            format!("{pair} {value} {} again, the episode goes on", is(watched, state, cause))
        }
        (_, State::Firing) => {
            let since = state.true_since.filter(|since| *since < cause.seen.source_ts);
            let since = since.map(|since| format!(", since {}", clock_time(since))).unwrap_or_default();
            format!("{pair} {value} {}{since}", is(watched, state, cause))
        }
        (_, State::Pending) => {
            format!("{pair} {value} {}, waiting for {}", is(watched, state, cause), waiting(watched))
        }
        (_, State::Recovering) => {
            let threshold = rule.condition.threshold(None, value);
            let clear = rule.clear_threshold.unwrap_or(threshold);
            format!("{pair} {value} {}, the episode closes at {clear}", is_off(watched, cause))
        }
        (State::NoData, _) => format!("{pair} {value} is the first rate"),
        (State::Pending, _) => format!("{pair} {value} went back before the alert fired"),
        (_, State::Expired) => format!("{pair} {value} closes the only episode of the alert{}", open()),
        _ => format!("{pair} {value} closes the episode{}", open()),
    };
    with_facts(what, state, cause)
}

/// Says what is told while `state` stays.
pub(super) fn of_notice(watched: &Watched<'_>, state: &PairState, notice: Notice, cause: &Cause<'_>) -> String {
    let (pair, value) = (watched.pair, cause.seen.value);
    let what = match notice {
        Notice::Unconfirmed => {
            let is = is(watched, state, cause);
            format!("{pair} {value} {is}, but most likely by mistake; two more such rates confirm it")
        }
        Notice::Withdrawn => format!("{pair} {value} was a mistake, the rates that followed are others"),
        Notice::Repeat => {
            let since = state.fired_at.map(|fired| format!(" since {}", clock_time(fired))).unwrap_or_default();
            format!("{pair} {value}: the episode is open{since}")
        }
    };
    with_facts(what, state, cause)
}

/// RFC 3339, with no more of a second than there is.
pub(super) fn clock_time(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn with_facts(what: String, state: &PairState, cause: &Cause<'_>) -> String {
    let seen = cause.seen;
    let mut words = vec![what];
    if cause.update.is_some_and(|update| update.quality == Quality::Unusual) {
        words.push("an unusual move".to_owned());
    }
    let aged_from = cause.update.map_or(seen.source_ts, |update| update.aged_from);
    let precision = cause.update.and_then(|update| update.precision_bp);
    let exact = precision.map(|precision| format!(", exact to {precision:.2} bp")).unwrap_or_default();
    words.push(format!("rate of {}, {} old{exact}", seen.source, age(cause.at - aged_from)));
    if let Some(last) = state.last.as_ref().filter(|last| last.source != seen.source && state.beside.is_none()) {
        words.push(format!("the rate is now that of {}, before of {}", seen.source, last.source));
    }
    words.join("; ")
}

/// How the condition is true.
fn is(watched: &Watched<'_>, state: &PairState, cause: &Cause<'_>) -> String {
    let value = cause.seen.value;
    let x = cause.x.unwrap_or(value);
    let stays = matches!(state.state, State::Pending | State::Recovering);
    match &watched.rule.condition {
        Condition::Level { kind, threshold } => level(*kind, *threshold, stays, value),
        Condition::Channel { kind, low, high } => {
            let verb = if stays { "stays" } else { "is now" };
            let side = if *kind == ChannelKind::Enters { "inside" } else { "outside" };
            format!("{verb} {side} {low} to {high}")
        }
        Condition::Change { by, window, direction } => {
            let unit = if matches!(by, Move::Percent(_)) { " %" } else { "" };
            let from = cause.from.map(|from| format!(" from {from}")).unwrap_or_default();
            let way = if x < 0.0 { "down" } else { "up" };
            let wanted = if *direction == Direction::Either { "either way" } else { direction.name() };
            let window = span::format(*window);
            format!("is {way} {}{unit}{from} in {window}, watched for {} {wanted}", x.abs(), size(*by))
        }
        Condition::VolatilityAbove { measure, threshold } => {
            format!("has a {} of {x}, above {threshold}", measure.name())
        }
        Condition::Zscore { updates, threshold } => {
            let mean = cause.from.map(|mean| format!(" of {mean}")).unwrap_or_default();
            format!("is {x:.2} standard deviations off the mean{mean} of {updates} updates, more than {threshold}")
        }
        Condition::Stale { factor } => {
            format!("is the last rate, {x:.1} times the expected cadence ago, more than {factor}")
        }
        Condition::Divergence { sources, bp } => {
            let [first, second] = sources;
            let other = if cause.seen.source == *first { second } else { first };
            let rate = cause.from.map(|from| format!("'s {from}")).unwrap_or_default();
            format!("is {x:.2} bp off {other}{rate}, more than {bp}")
        }
    }
}

fn level(kind: LevelKind, threshold: f64, stays: bool, value: f64) -> String {
    let rises = value > threshold;
    match kind {
        LevelKind::Above => format!("is above {threshold}"),
        LevelKind::Below => format!("is below {threshold}"),
        _ if stays && rises => format!("stays above {threshold} after crossing it"),
        _ if stays => format!("stays below {threshold} after crossing it"),
        _ if rises => format!("crossed {threshold} upwards"),
        _ => format!("crossed {threshold} downwards"),
    }
}

/// How the condition is no longer true.
fn is_off(watched: &Watched<'_>, cause: &Cause<'_>) -> String {
    let condition = &watched.rule.condition;
    let threshold = condition.threshold(None, cause.seen.value);
    match cause.x.filter(|_| !condition.is_of_rate()) {
        Some(x) => format!("is off {threshold} with {x}"),
        None => format!("is off {threshold}"),
    }
}

fn size(by: Move) -> String {
    match by {
        Move::Absolute(delta) => delta.to_string(),
        Move::Percent(percent) => format!("{percent} %"),
    }
}

/// In the largest unit of which there is at least one.
fn age(age: TimeDelta) -> String {
    let seconds = age.num_seconds().max(0);
    let units = [(86_400, "d"), (3600, "h"), (60, "m")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds >= *length).unwrap_or((1, "s"));
    format!("{}{unit}", seconds / length)
}

fn waiting(watched: &Watched<'_>) -> String {
    let rule = watched.rule;
    let mut reasons = Vec::new();
    if let Some(hold_for) = rule.hold_for {
        reasons.push(format!("{} of it", span::format(hold_for)));
    }
    if rule.min_updates > 1 {
        reasons.push(format!("{} updates", rule.min_updates));
    }
    if reasons.is_empty() {
        reasons.push("the cooldown to pass".to_owned());
    }
    reasons.join(" and ")
}
