//! The machine of one rule on one pair.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use uuid::Uuid;

use super::findings::Findings;
use super::gauge::{Shown, staleness};
use super::selection::{Current, Selected};
use super::series::open_longer;
use crate::alert::due::next_due;
use crate::alert::{Condition, Input, PairState, Reading, Rule, Seen, Step, Watched, step};
use crate::clock::Timestamp;
use crate::pair::Pair;

/// A rule that is watched for, and what somebody has done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveRule {
    /// The alert.
    pub id: Uuid,
    /// The rule.
    pub rule: Rule,
    /// When its machines began: what they knew before is void.
    pub begun_at: Timestamp,
    /// The transitions that its machines of before may have had: ids follow from their number.
    pub counts_from: u64,
    /// Until which log time nobody is told.
    pub snoozed_until: Option<Timestamp>,
    /// The open episodes of which somebody has taken note.
    pub acknowledged: Vec<Uuid>,
}

impl ActiveRule {
    /// A machine that knows nothing yet.
    pub(super) fn beginning(&self) -> PairState {
        PairState { transitions: self.counts_from, ..PairState::default() }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) active: Arc<ActiveRule>,
    /// In the rule's own direction.
    pub(super) pair: Pair,
    /// The position of what is selected.
    pub(super) selected: usize,
    /// Of a divergence: the position of the other feed's.
    pub(super) other: Option<usize>,
    pub(super) gauge: Option<usize>,
    pub(super) is_turned: bool,
    pub(super) state: PairState,
    pub(super) is_written: bool,
    /// When time alone may move it.
    pub(super) due: Option<Timestamp>,
}

impl Member {
    pub(super) fn key(&self) -> (Uuid, Pair) {
        (self.active.id, self.pair)
    }

    /// The rate that it goes by: of a divergence the one that is news, or the one that came last.
    pub(super) fn current<'a>(&self, all: &'a [Selected]) -> Option<(&'a Current, Option<&'a Seen>)> {
        let one = &all[self.selected];
        let Some(other) = self.other.map(|other| &all[other]) else {
            return one.now.as_ref().map(|now| (now, None));
        };
        let turned = usize::from(self.is_turned);
        let (Some(first), Some(second)) = (&one.now, &other.now) else {
            return one.now.as_ref().or(other.now.as_ref()).map(|only| (only, None));
        };
        let by_second = match (one.is_news, other.is_news) {
            (true, false) => false,
            (false, true) => true,
            _ => second.rate.fetched_at > first.rate.fetched_at,
        };
        let (now, beside) = if by_second { (second, first) } else { (first, second) };
        Some((now, Some(&beside.updates[turned].seen)))
    }

    pub(super) fn is_of_age(&self) -> bool {
        matches!(self.active.rule.condition, Condition::Stale { .. })
    }

    pub(super) fn has_seen(&self, current: &Current) -> bool {
        let seen = &current.updates[usize::from(self.is_turned)].seen;
        self.state.last_of(&self.active.rule, seen).is_some_and(|last| {
            last.source_ts == seen.source_ts && last.fetched_at == seen.fetched_at && last.source == seen.source
        })
    }

    pub(super) fn show(
        &mut self,
        (current, beside): (&Current, Option<&Seen>),
        shown: Shown,
        at: Timestamp,
        findings: &mut Findings,
    ) {
        let active = Arc::clone(&self.active);
        let update = &current.updates[usize::from(self.is_turned)];
        let reading = Reading { figure: shown.figure, reference: shown.reference, beside };
        let mut step = self.step(&active, &Input::Rate(update, reading), at, Some(current));
        findings.note(&mut step, &active.rule.channels);
    }

    /// Whether it goes by the feed of a held rate.
    pub(super) fn goes_by(&self, held: &Current, all: &[Selected]) -> bool {
        all[self.selected].is_of(&held.rate.source)
            || self.other.is_some_and(|other| all[other].is_of(&held.rate.source))
    }

    /// Of a divergence: the newest rate of the feed that the held one is not of.
    pub(super) fn beside<'a>(&self, held: &Current, all: &'a [Selected]) -> Option<&'a Seen> {
        let both = [&all[self.selected], &all[self.other?]];
        let beside = both.into_iter().find(|it| !it.is_of(&held.rate.source))?.now.as_ref()?;
        Some(&beside.updates[usize::from(self.is_turned)].seen)
    }

    pub(super) fn settle(&mut self, current: &Current, at: Timestamp, findings: &mut Findings) {
        if self.state.unconfirmed.is_none() {
            return;
        }
        let active = Arc::clone(&self.active);
        let update = &current.updates[usize::from(self.is_turned)];
        let mut step = self.step(&active, &Input::Settling(update), at, None);
        findings.happened(&mut step, &active.rule.channels);
    }

    pub(super) fn tick(&mut self, current: Option<&Current>, at: Timestamp, findings: &mut Findings) {
        let active = Arc::clone(&self.active);
        let asked = current.filter(|_| self.is_of_age());
        let aged = asked.map(|current| (staleness(current, at), &current.updates[usize::from(self.is_turned)].seen));
        let mut step = self.step(&active, &Input::Tick(aged), at, current);
        findings.happened(&mut step, &active.rule.channels);
    }

    /// Shows it the times before `until` at which it waits for its last rate to be too old: none of them is less true for
    /// there being no message at it.
    pub(super) fn age(
        &mut self,
        current: Option<&Current>,
        (since, until): (Timestamp, Timestamp),
        findings: &mut Findings,
    ) {
        let until = self.active.rule.expires_at.map_or(until, |over| over.min(until));
        let waits = self.is_of_age() && self.state.last.is_some();
        while waits
            && self.state.episode.is_none()
            && let Some(due) = self.due.filter(|due| *due < until)
        {
            self.tick(current, due.max(since), findings);
        }
    }

    fn step(&mut self, active: &ActiveRule, input: &Input<'_>, at: Timestamp, current: Option<&Current>) -> Step {
        let watched = watched(active, self.pair, &self.state);
        let before = (self.state.transitions, self.state.state);
        let mut step = step(&watched, std::mem::take(&mut self.state), input, at);
        self.state = std::mem::take(&mut step.state);
        let has_moved = before != (self.state.transitions, self.state.state);
        let moves_nothing = step.skipped.is_some() || matches!(input, Input::Tick(_));
        self.is_written &= moves_nothing && !has_moved;
        let watched = self::watched(active, self.pair, &self.state);
        let stale_at = || current.and_then(|current| stale_at(&active.rule, current, at));
        self.due = next_due(&watched, &self.state, at, stale_at());
        step
    }
}

fn watched<'a>(active: &'a ActiveRule, pair: Pair, state: &PairState) -> Watched<'a> {
    let ActiveRule { id, rule, snoozed_until, acknowledged, .. } = active;
    let acknowledged = state.episode.is_some_and(|episode| acknowledged.contains(&episode));
    Watched { alert_id: *id, rule, pair, snoozed_until: *snoozed_until, acknowledged }
}

/// The earliest time at which a rate may be too old for the rule. While the market is open, it is not before as much time
/// has passed; while it is closed, the calendar knows.
fn stale_at(rule: &Rule, current: &Current, at: Timestamp) -> Option<Timestamp> {
    let Condition::Stale { factor } = rule.condition else { return None };
    let left = current.cadence().as_seconds_f64() * factor - current.age(at).as_seconds_f64();
    let left = TimeDelta::from_std(Duration::try_from_secs_f64(left.max(0.0)).ok()?).ok()?;
    let market = current.rate.market;
    if market.is_open(at) {
        return at.checked_add_signed(left)?.checked_add_signed(TimeDelta::microseconds(1));
    }
    open_longer(market, at, left)
}
