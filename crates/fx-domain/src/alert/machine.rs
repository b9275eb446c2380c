//! The state machine: one pure function.

use uuid::Uuid;

use super::rule::Rule;
use super::state::{PairState, Seen, Skipped, State, Update};
use super::transition::{Transition, id};
use super::words;
use crate::clock::Timestamp;
use crate::pair::Pair;

/// Whose machine it is.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// The alert.
    pub alert_id: Uuid,
    /// Its rule.
    pub rule: &'a Rule,
    /// The pair, in the rule's own direction.
    pub pair: Pair,
}

/// What an update did.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The state after it.
    pub state: PairState,
    /// The changes of state, in their order; mostly none, at most two.
    pub transitions: Vec<Transition>,
    /// Why the update moved nothing, where it did not count.
    pub skipped: Option<Skipped>,
}

/// Shows the machine an update at log time `at`. How it moves is told in the [module](super).
pub fn step(watched: &Watched<'_>, state: PairState, update: &Update, at: Timestamp) -> Step {
    let skipped = update.skipped(watched.rule, &state);
    if skipped.is_some() {
        return Step { state, transitions: Vec::new(), skipped };
    }
    let mut machine = Machine { watched, update, at, state, transitions: Vec::new() };
    machine.evaluate();
    remember(&mut machine.state.last, &update.seen);
    Step { state: machine.state, transitions: machine.transitions, skipped: None }
}

/// The end of the machine of a rule that is deleted at log time `at`: closes its episode, with the last rate that counted.
/// `None` where none is open.
pub fn end(watched: &Watched<'_>, state: &PairState, at: Timestamp) -> Option<Transition> {
    let last = state.last.as_ref().filter(|_| state.episode.is_some())?;
    // Nothing of an episode is before its beginning, whatever clocks say.
    let at = state.since.map_or(at, |since| since.max(at));
    let message = format!("the alert is deleted, its episode closes at {} {}", watched.pair, last.value);
    Some(Transition::new(watched, state, State::Expired, (last, at), message))
}

/// Leaves the name of the feed alone where it is the same, which spares every rule two atomic operations.
fn remember(last: &mut Option<Seen>, seen: &Seen) {
    match last {
        Some(last) if last.source == seen.source => {
            (last.value, last.source_ts, last.fetched_at) = (seen.value, seen.source_ts, seen.fetched_at);
        }
        _ => *last = Some(seen.clone()),
    }
}

struct Machine<'a> {
    watched: &'a Watched<'a>,
    update: &'a Update,
    at: Timestamp,
    state: PairState,
    transitions: Vec<Transition>,
}

impl Machine<'_> {
    fn evaluate(&mut self) {
        let condition = self.watched.rule.condition;
        let value = self.update.seen.value;
        match (self.state.state, self.last()) {
            (State::Pending, Some(last)) if condition.holds(last, value) => self.hold(),
            (State::Pending, last) => {
                self.go(State::Normal);
                self.open_if_true(last);
            }
            (State::Firing | State::Recovering, Some(last)) => self.follow_episode(last),
            (_, last) => {
                self.open_if_true(last);
                if self.state.state == State::NoData {
                    self.go(State::Normal);
                }
            }
        }
    }

    fn last(&self) -> Option<f64> {
        self.state.last.as_ref().map(|last| last.value)
    }

    fn open_if_true(&mut self, last: Option<f64>) {
        if self.watched.rule.condition.opens(last, self.update.seen.value) {
            self.state.true_since = Some(self.update.seen.source_ts);
            self.state.updates = 1;
            self.go(if self.may_fire() { State::Firing } else { State::Pending });
        }
    }

    fn hold(&mut self) {
        let is_correction = self.state.last.as_ref().is_some_and(|last| last.source_ts == self.update.seen.source_ts);
        if !is_correction {
            self.state.updates = self.state.updates.saturating_add(1);
        }
        if self.may_fire() {
            self.go(State::Firing);
        }
    }

    fn may_fire(&self) -> bool {
        let rule = self.watched.rule;
        let held = self.state.true_since.map(|since| self.update.seen.source_ts - since);
        rule.hold_for.is_none_or(|hold_for| held.is_some_and(|held| held >= hold_for))
            && self.state.updates >= rule.min_updates
            && rule.cooldown.zip(self.state.fired_at).is_none_or(|(cooldown, fired)| self.at - fired >= cooldown)
    }

    fn follow_episode(&mut self, last: f64) {
        let rule = self.watched.rule;
        let value = self.update.seen.value;
        if rule.condition.closes(rule.clear_threshold, last, value) {
            self.go(if rule.once { State::Expired } else { State::Normal });
            if !rule.once {
                self.open_if_true(Some(last));
            }
            return;
        }
        let next = if rule.condition.is_firing_side(value) { State::Firing } else { State::Recovering };
        if next != self.state.state {
            self.go(next);
        }
    }

    fn go(&mut self, to: State) {
        let (from, count) = (self.state.state, self.state.transitions);
        let opens = to == State::Firing && from != State::Recovering;
        if opens {
            self.state.episode = Some(id(self.watched, "episode", count, &self.update.seen));
            self.state.fired_at = Some(self.at);
        }
        let message = words::message(self.watched, &self.state, to, self.update);
        let cause = (&self.update.seen, self.at);
        self.transitions.push(Transition::new(self.watched, &self.state, to, cause, message));
        if to != State::Pending {
            self.state.true_since = None;
            self.state.updates = 0;
        }
        if matches!(to, State::Normal | State::Expired) {
            self.state.episode = None;
        }
        self.state.state = to;
        self.state.since = Some(self.at);
        self.state.transitions = count + 1;
    }
}
