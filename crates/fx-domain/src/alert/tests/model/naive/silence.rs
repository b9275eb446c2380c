//! Staleness: what becomes true while nothing is said.

use super::super::super::*;
use super::Model;

impl Model {
    /// Of `stale`: the last rate may become too old before the next thing is said.
    pub(super) fn wait_until(&mut self, until: Timestamp) {
        let Condition::Stale { factor } = self.rule.condition else { return };
        let until = self.rule.expires_at.map_or(until, |over| over.min(until));
        let (Some(last), false) = (self.shown.last().cloned(), self.is_open() || self.state == State::Expired) else {
            return;
        };
        let mut from = self.now().expect("something was said");
        while from < until && !self.is_open() {
            let silent = self.silent_since.unwrap_or_else(|| Self::too_old_from(&last.rate, factor, from));
            if silent >= until {
                return;
            }
            if self.silent_since.is_none() {
                self.silent_since = Some(silent);
                self.silence_at(silent, &last.rate);
            }
            let held = silent + self.rule.hold_for.unwrap_or_default();
            let cool = self.episodes.last().zip(self.rule.cooldown).map(|(episode, cooldown)| episode.at + cooldown);
            from = cool.map_or(held, |cool| cool.max(held));
            if from < until && !self.is_open() {
                self.silence_at(from, &last.rate);
            }
        }
    }

    /// The first microsecond, none before `from`, at which a rate is too old.
    pub(super) fn too_old_from(rate: &KnownRate, factor: f64, from: Timestamp) -> Timestamp {
        let is_too_old = |micros: i64| Self::age(rate, from + TimeDelta::microseconds(micros)) > factor;
        let (mut early, mut late) = (0, TimeDelta::days(10).num_microseconds().expect("short"));
        while early < late {
            let middle = i64::midpoint(early, late);
            if is_too_old(middle) {
                late = middle;
            } else {
                early = middle + 1;
            }
        }
        from + TimeDelta::microseconds(early)
    }

    pub(super) fn judge_silence(&mut self, factor: f64) {
        let last = self.shown.last().expect("just shown").clone();
        let is_silent = last.x.is_some_and(|x| x > factor);
        let now = self.shown.len() - 1;
        if !is_silent {
            self.silent_since = None;
            match self.state {
                State::Normal => {}
                State::Firing if self.rule.once => {
                    self.go(State::Expired, now);
                    self.episodes.last_mut().expect("one is open").closed = Some(now);
                }
                State::Firing => {
                    self.go(State::Normal, now);
                    self.episodes.last_mut().expect("one is open").closed = Some(now);
                }
                _ => self.go(State::Normal, now),
            }
        } else if !self.is_open() {
            self.silent_since.get_or_insert(last.at);
            self.silence_at(last.at, &last.rate);
        }
    }

    /// It is silent at `at`.
    pub(super) fn silence_at(&mut self, at: Timestamp, rate: &KnownRate) {
        let since = self.silent_since.expect("it is silent");
        let x = Some(Self::age(rate, at));
        let held = self.rule.hold_for.is_none_or(|hold_for| at - since >= hold_for);
        let is_cool =
            self.episodes.last().zip(self.rule.cooldown).is_none_or(|(episode, cooldown)| at - episode.at >= cooldown);
        let now = self.shown.len() - 1;
        (self.shown[now].x, self.shown[now].at) = (x, at);
        if held && is_cool {
            self.fire(now);
        } else if self.state != State::Pending {
            self.go(State::Pending, now);
        }
    }
}
