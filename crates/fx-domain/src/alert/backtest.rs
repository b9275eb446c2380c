//! Which episodes a rule would have had.
//!
//! The same machine on the same rates finds the same as live, but for two things that only a log knows: nobody has snoozed
//! or acknowledged anything, and there are no messages between the rates, so that a lower feed takes over from a stale one no
//! earlier than with the next rate.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::Serialize;
use uuid::Uuid;

use super::rule::Rule;
use super::transition::Transition;
use super::watch::{ActiveRule, FeedRank, Findings, PairWatch, reads_from};
use super::{Condition, KnownRate};
use crate::clock::Timestamp;
use crate::pair::Pair;

/// What a rule would have found on one pair. Several are put together by [`Outcome::extend`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// By the time of their firing.
    pub episodes: Vec<Episode>,
    /// The rates of the time that was asked for, suspect ones included.
    pub updates_read: u64,
    /// The times of the first and the last of them.
    #[serde(skip)]
    pub span: Option<(Timestamp, Timestamp)>,
    /// The source time in which an episode was open, of all pairs together.
    #[serde(skip)]
    pub firing: TimeDelta,
}

/// An episode, in source time; in log time where the rule watches for staleness.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Episode {
    /// The pair, in the rule's own direction.
    pub pair: Pair,
    /// When it fired.
    pub fired_at: Timestamp,
    /// When it closed; `None` where it was open to the end.
    pub cleared_at: Option<Timestamp>,
    /// The rate at the firing.
    pub value: f64,
    /// The figure that was compared at the firing, where that is not the rate.
    pub measured: Option<f64>,
    /// The rate that was furthest in the direction of the firing; where it has none, furthest from the rate at the firing.
    pub extreme: f64,
}

/// A month of the average year, in days.
const MONTH: f64 = 365.25 / 12.0;

impl Outcome {
    /// How often the rule would have fired a month: over the span of the rates that were read, a day at least.
    pub fn per_month(&self) -> f64 {
        let days = self.span.map_or(0.0, |(first, last)| (last - first).as_seconds_f64() / 86_400.0);
        f64::from(u32::try_from(self.episodes.len()).unwrap_or(u32::MAX)) / days.max(1.0) * MONTH
    }

    /// Takes what was found on another pair.
    pub fn extend(&mut self, other: Self) {
        self.episodes.extend(other.episodes);
        self.episodes.sort_by_key(|episode| (episode.fired_at, episode.pair));
        self.updates_read += other.updates_read;
        self.firing += other.firing;
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (mine, theirs) => mine.or(theirs),
        };
    }
}

/// From which source time on a backtest from `from` on wants to be shown rates: what is before `from` is only looked back at.
pub fn begins_at(rule: &Rule, feeds: &[FeedRank], from: Timestamp) -> Timestamp {
    reads_from(rule, feeds, from)
}

/// Shows a rule the rates of one oriented pair, each at its log time, in the order of the log. It begins as a rule that is
/// created at `from`, in source time: it is evaluated at once against the newest rate of then, which may fire; rates before
/// that are only looked back at. `feeds` as they are believed.
pub fn backtest(
    rule: &Rule,
    pair: Pair,
    feeds: &[FeedRank],
    from: Timestamp,
    rates: impl IntoIterator<Item = (Timestamp, KnownRate)>,
) -> Outcome {
    let mut watch = PairWatch::new(pair);
    watch.set_rules(watching(rule, pair), |_, _| None);
    let mut testing = Testing { watch: watch.to_read_again(), feeds, found: Findings::default(), log_time: None };
    let mut outcome = Outcome::default();
    let mut is_begun = false;
    for (at, rate) in rates {
        if !is_begun && rate.source_ts >= from {
            testing.watch.set_rules(watching(rule, pair), |_, _| None);
            testing.pass();
            is_begun = true;
        }
        let source_ts = rate.source_ts;
        testing.take(rate, at);
        if is_begun {
            outcome.updates_read += 1;
            let (first, last) = outcome.span.unwrap_or((source_ts, source_ts));
            outcome.span = Some((first.min(source_ts), last.max(source_ts)));
            testing.note(&mut outcome.episodes);
        }
    }
    let end = outcome.span.map(|(_, last)| last);
    let open = |episode: &Episode| episode.cleared_at.or(end).map_or(TimeDelta::zero(), |to| to - episode.fired_at);
    outcome.firing =
        outcome.episodes.iter().map(open).fold(TimeDelta::zero(), |all, one| all + one.max(TimeDelta::zero()));
    outcome
}

/// The rule on the pair, in each direction that it names, without what only concerns people.
fn watching(rule: &Rule, pair: Pair) -> Vec<(Arc<ActiveRule>, Pair)> {
    let rule = Rule { repeat_every: None, channels: Vec::new(), ..rule.clone() };
    let active = Arc::new(ActiveRule {
        id: Uuid::nil(),
        rule,
        begun_at: Timestamp::UNIX_EPOCH,
        counts_from: 0,
        snoozed_until: None,
        acknowledged: Vec::new(),
    });
    active.rule.pairs.watched(pair).map(|own| (Arc::clone(&active), own)).collect()
}

struct Testing<'a> {
    watch: PairWatch,
    feeds: &'a [FeedRank],
    found: Findings,
    log_time: Option<Timestamp>,
}

impl Testing<'_> {
    fn take(&mut self, rate: KnownRate, at: Timestamp) {
        let at = self.log_time.map_or(at, |before| before.max(at));
        self.log_time = Some(at);
        self.watch.take(rate, self.feeds, at, &mut self.found);
        self.pass();
    }

    fn pass(&mut self) {
        if let Some(at) = self.log_time.filter(|_| self.watch.is_timed()) {
            self.watch.pass(self.feeds, at, &mut self.found);
        }
    }

    /// Puts what has happened into the episodes.
    fn note(&mut self, episodes: &mut Vec<Episode>) {
        for transition in std::mem::take(&mut self.found).transitions {
            if transition.opens_episode() {
                episodes.push(opened(&transition));
            } else if transition.closes_episode()
                && let Some(open) = open_of(episodes, transition.pair)
            {
                open.cleared_at = Some(moment(&transition));
            }
        }
        for (active, pair, state) in self.watch.states() {
            if state.episode.is_some()
                && let Some((open, last)) = open_of(episodes, pair).zip(state.last.as_ref())
            {
                open.extreme = further(&active.rule.condition, open, last.value);
            }
        }
    }
}

fn open_of(episodes: &mut [Episode], pair: Pair) -> Option<&mut Episode> {
    episodes.iter_mut().rev().find(|episode| episode.pair == pair).filter(|episode| episode.cleared_at.is_none())
}

fn opened(transition: &Transition) -> Episode {
    let Transition { pair, value, measured, .. } = *transition;
    Episode { pair, fired_at: moment(transition), cleared_at: None, value, measured, extreme: value }
}

fn moment(transition: &Transition) -> Timestamp {
    if transition.kind == Some(super::Kind::Stale) { transition.at } else { transition.source_ts }
}

/// Which of the episode's extreme and `value` is further.
fn further(condition: &Condition, episode: &Episode, value: f64) -> f64 {
    let rises = match condition {
        Condition::Level { threshold, .. } => Some(episode.value > *threshold),
        Condition::Change { .. } | Condition::Zscore { .. } => episode.measured.map(|measured| measured > 0.0),
        Condition::Channel { low, high, .. } if (*low..=*high).contains(&episode.value) => None,
        Condition::Channel { high, .. } => Some(episode.value > *high),
        _ => None,
    };
    match rises {
        Some(true) => episode.extreme.max(value),
        Some(false) => episode.extreme.min(value),
        None if (value - episode.value).abs() > (episode.extreme - episode.value).abs() => value,
        None => episode.extreme,
    }
}
