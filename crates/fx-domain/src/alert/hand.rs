//! What people do about alerts, as it stands in their history. The machine itself goes on.

use uuid::Uuid;

use super::machine::Watched;
use super::state::{PairState, State};
use super::transition::{Cause, Transition};
use super::words::clock_time;
use crate::clock::Timestamp;

/// The end of the machine of a rule that is deleted at log time `at`, or changed so that it watches for something else:
/// closes its episode, with the last rate that counted. `None` where none is open.
pub fn end(watched: &Watched<'_>, state: &PairState, at: Timestamp) -> Option<Transition> {
    closed(watched, state, (State::Expired, "the alert is deleted"), at)
}

/// The same where the rule is changed so that it watches for something else: the machine begins anew.
pub fn reset(watched: &Watched<'_>, state: &PairState, at: Timestamp) -> Option<Transition> {
    closed(watched, state, (State::Normal, "the alert is changed"), at)
}

fn closed(watched: &Watched<'_>, state: &PairState, (to, why): (State, &str), at: Timestamp) -> Option<Transition> {
    let last = state.last.as_ref().filter(|_| state.episode.is_some())?;
    let message = format!("{} {} was the last rate, {why}", watched.pair, last.value);
    Some(Transition::new(watched, state, to, &Cause::of_time(last, None, not_before(state, at)), message))
}

/// Somebody takes note of the open episode: the same however often it is done. `None` where none is open.
pub fn acknowledge(
    watched: &Watched<'_>,
    state: &PairState,
    (by, comment): (Option<String>, Option<String>),
    at: Timestamp,
) -> Option<Transition> {
    let (episode, last) = (state.episode?, state.last.as_ref()?);
    let at = not_before(state, at);
    let took = state.fired_at.map(|fired| (at - fired).as_seconds_f64().max(0.0));
    let who = by.as_deref().unwrap_or("somebody");
    let message = match &comment {
        Some(comment) => format!("{}: {who} has taken note: {comment}", watched.pair),
        None => format!("{}: {who} has taken note", watched.pair),
    };
    let told = Transition::new(watched, state, State::Acknowledged, &Cause::of_time(last, None, at), message);
    Some(Transition { id: by_hand(watched, &format!("acknowledged {episode}")), by, comment, took_s: took, ..told })
}

/// Somebody wants to hear nothing until then. `None` for a pair of which no rate has come yet, or whose watch is over.
pub fn snooze(watched: &Watched<'_>, state: &PairState, until: Timestamp, at: Timestamp) -> Option<Transition> {
    let message = format!("{}: nobody is told until {}", watched.pair, clock_time(until));
    turned(watched, state, (state.shown(false, watched.acknowledged), State::Snoozed), message, at)
}

/// Somebody wants to hear of it again.
pub fn resume(watched: &Watched<'_>, state: &PairState, at: Timestamp) -> Option<Transition> {
    let message = format!("{}: everybody is told again", watched.pair);
    turned(watched, state, (State::Snoozed, state.shown(false, watched.acknowledged)), message, at)
}

fn turned(
    watched: &Watched<'_>,
    state: &PairState,
    (from, to): (State, State),
    message: String,
    at: Timestamp,
) -> Option<Transition> {
    let last = state.last.as_ref().filter(|_| state.state != State::Expired)?;
    let at = not_before(state, at);
    let told = Transition::new(watched, state, to, &Cause::of_time(last, None, at), message);
    let id = by_hand(watched, &format!("{} {}", to.name(), at.timestamp_micros()));
    Some(Transition { id, from, ..told })
}

/// Nothing of a machine is before its last change, whatever clocks say.
fn not_before(state: &PairState, at: Timestamp) -> Timestamp {
    state.since.map_or(at, |since| since.max(at))
}

fn by_hand(watched: &Watched<'_>, what: &str) -> Uuid {
    Uuid::new_v5(&watched.alert_id, format!("{what} {}", watched.pair).as_bytes())
}
