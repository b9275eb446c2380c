//! The state machine: one pure function.

use super::condition::{Condition, Move};
use super::rule::Rule;
use super::state::{PairState, Point, Seen, State};
use super::transition::{Cause, Notice, Transition, id};
use super::update::{Input, Reading, Skipped, Update};
use super::words;
use crate::clock::Timestamp;
use crate::number::to_12_digits;
use crate::pair::Pair;
use crate::rate::Quality;
use uuid::Uuid;

/// Whose machine it is, and what somebody has done about it.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// The alert.
    pub alert_id: Uuid,
    /// Its rule.
    pub rule: &'a Rule,
    /// The pair, in the rule's own direction.
    pub pair: Pair,
    /// Until which log time nobody is told.
    pub snoozed_until: Option<Timestamp>,
    /// Whether somebody has taken note of this machine's open episode.
    pub acknowledged: bool,
}

/// What an input did.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The state after it.
    pub state: PairState,
    /// The changes of state and the notices, in their order; mostly none.
    pub transitions: Vec<Transition>,
    /// The ids of those that the rule's channels are to be told.
    pub told: Vec<Uuid>,
    /// Why the update moved nothing, where it did not count.
    pub skipped: Option<Skipped>,
}

/// Shows the machine an input at log time `at`. How it moves is told in the [module](super).
pub fn step(watched: &Watched<'_>, state: PairState, input: &Input<'_>, at: Timestamp) -> Step {
    let mut machine = Machine::new(watched, state, at);
    let skipped = machine.take(input);
    let Machine { state, transitions, told, .. } = machine;
    Step { state, transitions, told, skipped }
}

impl<'a> Watched<'a> {
    /// Of a rule about which nobody has done anything.
    pub fn new(alert_id: Uuid, rule: &'a Rule, pair: Pair) -> Self {
        Self { alert_id, rule, pair, snoozed_until: None, acknowledged: false }
    }

    fn is_snoozed(&self, at: Timestamp) -> bool {
        self.snoozed_until.is_some_and(|until| at < until)
    }
}

struct Machine<'a> {
    watched: &'a Watched<'a>,
    at: Timestamp,
    state: PairState,
    /// Whether somebody has taken note of the episode that is open now.
    acknowledged: bool,
    transitions: Vec<Transition>,
    told: Vec<Uuid>,
}

impl<'a> Machine<'a> {
    fn new(watched: &'a Watched<'a>, state: PairState, at: Timestamp) -> Self {
        Self { watched, at, state, acknowledged: watched.acknowledged, transitions: Vec::new(), told: Vec::new() }
    }

    fn take(&mut self, input: &Input<'_>) -> Option<Skipped> {
        self.expire_in_time();
        if self.state.state == State::Expired {
            return Some(Skipped::Expired);
        }
        let skipped = match input {
            Input::Rate(update, reading) if update.quality == Quality::Suspect => {
                self.hold_back(update, reading);
                return Some(Skipped::Suspect);
            }
            Input::Rate(update, reading) => self.count(update, reading),
            Input::Settling(update) => {
                self.settle(update);
                return None;
            }
            Input::Tick(staleness) => {
                self.look_at_age(*staleness);
                None
            }
        };
        // What is accepted at the same time may close the episode: it is told again only after that.
        self.remind();
        skipped
    }

    fn expire_in_time(&mut self) {
        let is_over = self.watched.rule.expires_at.is_some_and(|over| over <= self.at);
        if !is_over || self.state.state == State::Expired {
            return;
        }
        if let Some(last) = self.state.last.clone() {
            self.go(State::Expired, &Cause::of_time(&last, None, self.at));
        } else {
            // There is no rate to tell of.
            (self.state.state, self.state.since) = (State::Expired, Some(self.at));
        }
    }

    /// Tells once of a held rate that would open an episode, were it good.
    fn hold_back(&mut self, update: &Update, reading: &Reading<'_>) {
        if self.state.unconfirmed.is_some() {
            return;
        }
        let state = self.state.clone();
        let mut shown = Machine::new(self.watched, state, self.at);
        shown.count(update, reading);
        if shown.transitions.iter().any(Transition::opens_episode) {
            let x = self.x_of(update, reading).map(|(x, from)| (x, from.map(|from| from.value)));
            self.notice(Notice::Unconfirmed, &Cause::of_update(update, x, self.at));
            self.state.unconfirmed = Some(Box::new(update.seen.clone()));
        }
    }

    /// An accepted rate of the feed of a held one: the same figure confirms it, another of that time or a later one
    /// withdraws it.
    fn settle(&mut self, update: &Update) {
        let seen = &update.seen;
        let Some(held) =
            self.state.unconfirmed.take_if(|held| held.source == seen.source && held.source_ts <= seen.source_ts)
        else {
            return;
        };
        #[expect(clippy::float_cmp, reason = "a held rate comes again with its very figure")]
        let is_confirmed = held.source_ts == seen.source_ts && held.value == seen.value;
        if !is_confirmed {
            let cause = Cause::of_time(&held, None, self.at);
            self.notice(Notice::Withdrawn, &cause);
        }
    }

    fn count(&mut self, update: &Update, reading: &Reading<'_>) -> Option<Skipped> {
        let skipped = update.skipped(self.watched.rule, &self.state);
        // A feed that is believed again may be late, and is not silent for that.
        if skipped.is_some_and(|reason| reason != Skipped::Late || !self.is_of_age()) {
            return skipped;
        }
        if let Some((x, from)) = self.x_of(update, reading) {
            let known = self.state.last_of(self.watched.rule, &update.seen);
            let is_distinct = known.is_none_or(|known| known.source_ts != update.seen.source_ts);
            let beside = reading.beside.map_or(update.seen.source_ts, |beside| beside.source_ts);
            let cause = Cause::of_update(update, Some((x, from.map(|from| from.value))), self.at);
            let moment = if self.is_of_age() { self.at } else { update.seen.source_ts.max(beside) };
            self.evaluate(x, &Occasion { cause, moment, is_distinct });
        }
        if skipped.is_some() {
            return skipped;
        }
        remember(&mut self.state.last, &update.seen);
        if let Some(beside) = reading.beside {
            match &mut self.state.beside {
                Some(known) if **known == *beside => {}
                known => *known = Some(Box::new(beside.clone())),
            }
        }
        None
    }

    fn look_at_age(&mut self, staleness: Option<(f64, &Seen)>) {
        if let Some((x, seen)) = staleness.filter(|_| self.state.last.is_some()) {
            let cause = Cause::of_time(seen, Some(x), self.at);
            self.evaluate(x, &Occasion { cause, moment: self.at, is_distinct: false });
        }
    }

    fn is_of_age(&self) -> bool {
        matches!(self.watched.rule.condition, Condition::Stale { .. })
    }

    /// The number that decides, and the rate that it is measured from; `None` where it cannot be known.
    fn x_of(&self, update: &Update, reading: &Reading<'_>) -> Option<(f64, Option<Point>)> {
        let value = update.seen.value;
        match &self.watched.rule.condition {
            condition if condition.is_of_rate() => Some((value, None)),
            Condition::Change { by, window, .. } => {
                let is_within = |base: &Point| {
                    base.source_ts < update.seen.source_ts && base.source_ts > update.seen.source_ts - *window
                };
                let base = self.state.base.filter(|_| self.watched.rule.rebase_on_fire).filter(is_within);
                let from = base.or(reading.reference)?;
                let change = match by {
                    Move::Absolute(_) => value - from.value,
                    Move::Percent(_) => (value / from.value - 1.0) * 100.0,
                };
                Some((to_12_digits(change), Some(from)))
            }
            _ => Some((reading.figure?, reading.reference)),
        }
    }

    fn evaluate(&mut self, x: f64, occasion: &Occasion<'_>) {
        let condition = &self.watched.rule.condition;
        let last = self.state.last.as_ref().map(|last| last.value);
        match (self.state.state, last) {
            (State::Pending, Some(last)) if condition.holds(last, x) => self.hold(occasion),
            (State::Pending, last) => {
                self.go(State::Normal, &occasion.cause);
                self.open_if_true(last, x, occasion);
            }
            (State::Firing | State::Recovering, Some(last)) => self.follow_episode(last, x, occasion),
            (_, last) => {
                self.open_if_true(last, x, occasion);
                if self.state.state == State::NoData {
                    self.go(State::Normal, &occasion.cause);
                }
            }
        }
    }

    fn open_if_true(&mut self, last: Option<f64>, x: f64, occasion: &Occasion<'_>) {
        if self.watched.rule.condition.opens(last, x) {
            self.state.true_since = Some(occasion.moment);
            self.state.updates = 1;
            self.go(if self.may_fire(occasion.moment) { State::Firing } else { State::Pending }, &occasion.cause);
        }
    }

    fn hold(&mut self, occasion: &Occasion<'_>) {
        if occasion.is_distinct {
            self.state.updates = self.state.updates.saturating_add(1);
        }
        if self.may_fire(occasion.moment) {
            self.go(State::Firing, &occasion.cause);
        }
    }

    fn may_fire(&self, moment: Timestamp) -> bool {
        let rule = self.watched.rule;
        let held = self.state.true_since.map(|since| moment - since);
        rule.hold_for.is_none_or(|hold_for| held.is_some_and(|held| held >= hold_for))
            && self.state.updates >= rule.min_updates
            && rule.cooldown.zip(self.state.fired_at).is_none_or(|(cooldown, fired)| self.at - fired >= cooldown)
    }

    fn follow_episode(&mut self, last: f64, x: f64, occasion: &Occasion<'_>) {
        let rule = self.watched.rule;
        if rule.condition.closes(rule.clear_threshold, last, x) {
            self.go(if rule.once { State::Expired } else { State::Normal }, &occasion.cause);
            if !rule.once {
                self.open_if_true(Some(last), x, occasion);
            }
            return;
        }
        let next = if rule.condition.is_firing_side(x) { State::Firing } else { State::Recovering };
        if next != self.state.state {
            self.go(next, &occasion.cause);
        }
    }

    /// Tells an open episode again: when it is time, or once nobody sleeps any more who has not heard of it.
    fn remind(&mut self) {
        if self.state.episode.is_none() || self.acknowledged {
            self.state.muted = false;
            return;
        }
        if self.watched.is_snoozed(self.at) {
            return;
        }
        let told_at = self.state.repeated_at.or(self.state.fired_at);
        let is_due = self.watched.rule.repeat_every.zip(told_at).is_some_and(|(every, told)| self.at - told >= every);
        if (self.state.muted || is_due)
            && let Some(last) = self.state.last.clone()
        {
            self.notice(Notice::Repeat, &Cause::of_time(&last, None, self.at));
            self.state.repeated_at = Some(self.at);
            self.state.muted = false;
        }
    }

    fn notice(&mut self, notice: Notice, cause: &Cause<'_>) {
        let message = words::of_notice(self.watched, &self.state, notice, cause);
        let told = Transition::new(self.watched, &self.state, self.state.state, cause, message);
        let told = Transition { notice: Some(notice), ..told };
        if !self.watched.is_snoozed(self.at) {
            self.told.push(told.id);
        }
        self.transitions.push(told);
        self.state.transitions += 1;
    }

    fn go(&mut self, to: State, cause: &Cause<'_>) {
        let from = self.state.state;
        let opens = to == State::Firing && from != State::Recovering;
        if opens {
            self.state.episode = Some(id(self.watched, "episode", &self.state, cause.seen));
            self.state.fired_at = Some(self.at);
            self.state.repeated_at = None;
            self.acknowledged = false;
        }
        let message = words::of_change(self.watched, &self.state, to, cause);
        let transition = Transition::new(self.watched, &self.state, to, cause, message);
        let is_snoozed = self.watched.is_snoozed(self.at);
        let is_end = transition.closes_episode();
        if (opens && !is_snoozed) || (is_end && !self.state.muted) {
            self.told.push(transition.id);
        }
        self.transitions.push(transition);
        if opens {
            self.state.muted = is_snoozed;
            let rebases = self.watched.rule.rebase_on_fire;
            let point = Point { source_ts: cause.seen.source_ts, value: cause.seen.value };
            self.state.base = rebases.then_some(point);
        }
        if to != State::Pending {
            self.state.true_since = None;
            self.state.updates = 0;
        }
        if matches!(to, State::Normal | State::Expired) {
            self.state.episode = None;
            self.state.muted = false;
        }
        if to == State::Expired {
            self.state.unconfirmed = None;
        }
        self.state.state = to;
        self.state.since = Some(self.at);
        self.state.transitions += 1;
    }
}

/// What a condition is evaluated at.
struct Occasion<'a> {
    cause: Cause<'a>,
    /// The time by which `for` is measured.
    moment: Timestamp,
    /// Whether it counts for `min_updates`.
    is_distinct: bool,
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
