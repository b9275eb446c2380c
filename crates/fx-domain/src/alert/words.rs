//! What happened, in words.

use super::condition::{Condition, Kind};
use super::machine::Watched;
use super::span;
use super::state::{PairState, State, Update};
use crate::rate::Quality;

/// Says why `watched` went from `state` to `to` with `update`.
pub(super) fn message(watched: &Watched<'_>, state: &PairState, to: State, update: &Update) -> String {
    let Watched { rule, pair, .. } = watched;
    let Condition { threshold, .. } = rule.condition;
    let value = update.seen.value;
    let is = true_side(rule.condition, state, value);
    let what = match (state.state, to) {
        (State::Recovering, State::Firing) => format!("{pair} {value} {is} again, the episode goes on"),
        (_, State::Firing) => format!("{pair} {value} {is}"),
        (_, State::Pending) => format!("{pair} {value} {is}, waiting for {}", waiting(watched)),
        (_, State::Recovering) => {
            let clear = rule.clear_threshold.unwrap_or(threshold);
            format!("{pair} {value} is off {threshold}, the episode closes at {clear}")
        }
        (State::NoData, _) => format!("{pair} {value} is the first rate"),
        (State::Pending, _) => format!("{pair} {value} went back before the alert fired"),
        (_, State::Expired) => format!("{pair} {value} closes the only episode of the alert"),
        _ => format!("{pair} {value} closes the episode"),
    };
    let mut words = vec![what];
    if update.quality == Quality::Unusual {
        words.push("an unusual move".to_owned());
    }
    if let Some(last) = state.last.as_ref().filter(|last| last.source != update.seen.source) {
        words.push(format!("the rate is now that of {}, before of {}", update.seen.source, last.source));
    }
    words.join("; ")
}

fn true_side(condition: Condition, state: &PairState, value: f64) -> String {
    let Condition { kind, threshold } = condition;
    let rises = value > threshold;
    match (kind, state.state) {
        (Kind::Above, _) => format!("is above {threshold}"),
        (Kind::Below, _) => format!("is below {threshold}"),
        (_, State::Pending | State::Recovering) if rises => format!("stays above {threshold} after crossing it"),
        (_, State::Pending | State::Recovering) => format!("stays below {threshold} after crossing it"),
        _ if rises => format!("crossed {threshold} upwards"),
        _ => format!("crossed {threshold} downwards"),
    }
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
