//! One pair: the newest rate of each feed, what was before, and the machines that watch it.
//!
//! The live engine, a replay and a backtest all reach the machine through this, and so find the same. It reads no clock and
//! writes nothing: what comes of a rate is in the [`Findings`].

mod feeds;
mod findings;
mod gauge;
mod known;
mod member;
mod selection;
mod series;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::feed::Source;
use crate::pair::Pair;
use crate::rate::Quality;

use super::{Condition, KnownRate, PairState, Skipped};
pub use feeds::FeedRank;
pub use findings::{Findings, Skips};
use gauge::{Gauge, Shown};
use known::KnownRates;
pub use member::ActiveRule;
use member::Member;
pub(super) use selection::reads_from;
use selection::{Current, Selected, Selection};

/// All that is known of one pair.
#[derive(Clone, Debug)]
pub struct PairWatch {
    /// As it is stored.
    pair: Pair,
    known: KnownRates,
    selected: Vec<Selected>,
    gauges: Vec<Gauge>,
    /// What the gauges show, as far as it has been asked for; here only so that the room for it is kept.
    shown: Vec<Option<Shown>>,
    members: Vec<Member>,
    /// Whose rate was believed last.
    believed: Option<Source>,
    /// Some machine may not have seen the newest rate.
    has_new_members: bool,
    /// Some machine has told of a held rate.
    has_unconfirmed: bool,
    /// The earliest time at which time alone may move a machine.
    next_due: Option<Timestamp>,
    /// The log time of the last message; `None` before the first.
    log_time: Option<Timestamp>,
}

impl PairWatch {
    /// Of a pair, oriented, of which nothing is known yet.
    pub fn new(pair: Pair) -> Self {
        Self {
            pair,
            known: KnownRates::default(),
            selected: Vec::new(),
            gauges: Vec::new(),
            shown: Vec::new(),
            members: Vec::new(),
            believed: None,
            has_new_members: false,
            has_unconfirmed: false,
            next_due: None,
            log_time: None,
        }
    }

    /// Takes a rate that was known when it was last written down.
    pub fn restore(&mut self, rate: KnownRate, feeds: &[FeedRank]) {
        self.known.restore(rate, feeds);
    }

    /// Watches for these rules, each with the pair in its own direction, and for no others. Machines go on where their rule
    /// does; new ones begin with what `restored` knows of them. Shows them nothing yet.
    pub fn set_rules(
        &mut self,
        rules: impl IntoIterator<Item = (Arc<ActiveRule>, Pair)>,
        mut restored: impl FnMut(&ActiveRule, Pair) -> Option<PairState>,
    ) {
        let before = std::mem::take(&mut self.members);
        let mut before: HashMap<(Uuid, Pair), Member> =
            before.into_iter().map(|member| (member.key(), member)).collect();
        let mut places = Places::default();
        for (active, pair) in rules {
            let kept = before.remove(&(active.id, pair)).filter(|kept| kept.active.begun_at == active.begun_at);
            let (state, is_written) = match kept {
                Some(kept) => (kept.state, kept.is_written),
                None => (restored(&active, pair).unwrap_or_else(|| active.beginning()), true),
            };
            self.members.push(places.place(active, pair, self.pair, (state, is_written)));
        }
        self.keep(places);
        self.has_new_members = true;
        self.has_unconfirmed = self.members.iter().any(|member| member.state.unconfirmed.is_some());
        self.next_due = (!self.members.is_empty()).then_some(Timestamp::MIN_UTC);
    }

    fn keep(&mut self, places: Places) {
        let is_new = self.known.is_empty();
        let mut before = std::mem::take(&mut self.selected);
        for selection in places.selections {
            let kept = before.iter().position(|kept| kept.selection == selection).map(|at| before.swap_remove(at));
            self.selected.push(kept.unwrap_or_else(|| Selected::new(selection)));
        }
        let conditions = |at: usize| {
            let of_it = self.members.iter().filter(move |member| member.selected == at);
            of_it.map(|member| &member.active.rule.condition)
        };
        for (at, selected) in self.selected.iter_mut().enumerate() {
            selected.keep_for(conditions(at), is_new);
        }
        self.gauges = places.gauges;
    }

    /// Whether any rule watches the pair.
    pub fn has_machines(&self) -> bool {
        !self.members.is_empty()
    }

    /// How many rules watch the pair.
    pub fn machines(&self) -> usize {
        self.members.len()
    }

    /// Whether time alone may move something: [`PairWatch::pass`] is to be called at each message then.
    pub fn is_timed(&self) -> bool {
        self.next_due.is_some() || (!self.selected.is_empty() && self.known.is_contested())
    }

    /// Takes a rate at log time `at`, and shows the machines what follows from it.
    pub fn take(&mut self, rate: KnownRate, feeds: &[FeedRank], at: Timestamp, findings: &mut Findings) {
        self.age(at, findings);
        if rate.quality == Quality::Suspect {
            findings.skipped_rates.note(Skipped::Suspect);
            if self.known.skipped(&rate).is_none() {
                self.show_held(&Current::new(&rate, feeds), at, findings);
            }
            return;
        }
        let settling = self.has_unconfirmed.then(|| Current::new(&rate, feeds));
        if let Some(reason) = self.known.take(rate, feeds) {
            findings.skipped_rates.note(reason);
            return;
        }
        if let Some(settling) = settling {
            self.members.iter_mut().for_each(|member| member.settle(&settling, at, findings));
            self.has_unconfirmed = self.members.iter().any(|member| member.state.unconfirmed.is_some());
        }
        self.evaluate(feeds, at, findings);
    }

    /// Lets time pass until `at`, and evaluates rules that are new.
    pub fn pass(&mut self, feeds: &[FeedRank], at: Timestamp, findings: &mut Findings) {
        self.age(at, findings);
        if self.has_new_members || self.known.is_contested() {
            self.evaluate(feeds, at, findings);
        }
        if self.next_due.is_some_and(|due| due <= at) {
            for member in self.members.iter_mut().filter(|member| member.due.is_some_and(|due| due <= at)) {
                let current = member.current(&self.selected).map(|(current, _)| current);
                member.tick(current, at, findings);
            }
            self.next_due = self.members.iter().filter_map(|member| member.due).min();
        }
    }

    /// Lets the time pass that lies between the last message and this one.
    fn age(&mut self, at: Timestamp, findings: &mut Findings) {
        let since = self.log_time.replace(at);
        let (Some(since), true) = (since, self.next_due.is_some_and(|due| due < at)) else { return };
        for member in &mut self.members {
            let current = member.current(&self.selected).map(|(current, _)| current);
            member.age(current, (since, at), findings);
        }
    }

    /// Shows the machines the rates that they go by, where they have not seen them.
    fn evaluate(&mut self, feeds: &[FeedRank], at: Timestamp, findings: &mut Findings) {
        for selected in &mut self.selected {
            selected.refresh(&self.known, feeds, at);
        }
        self.note_feed(findings);
        if !self.has_new_members && !self.selected.iter().any(|selected| selected.is_news) {
            return;
        }
        self.has_new_members = false;
        let Self { selected, gauges, shown, members, .. } = self;
        shown.clear();
        shown.resize(gauges.len(), None);
        let mut next_due: Option<Timestamp> = None;
        for member in members {
            if let Some((current, beside)) = member.current(selected) {
                if !member.has_seen(current) {
                    let read =
                        |gauge: usize| *shown[gauge].get_or_insert_with(|| gauges[gauge].read(current, selected, at));
                    let shown = member.gauge.map(read).unwrap_or_default();
                    member.show((current, beside), shown, at, findings);
                } else if member.is_of_age() {
                    member.tick(Some(current), at, findings);
                }
            }
            next_due = member.due.into_iter().chain(next_due).min();
        }
        self.next_due = next_due;
    }

    /// Shows a held rate to the machines that go by its feed.
    fn show_held(&mut self, held: &Current, at: Timestamp, findings: &mut Findings) {
        let Self { selected, gauges, members, .. } = self;
        for member in members {
            if member.is_of_age() || !member.goes_by(held, selected) {
                continue;
            }
            let beside = member.beside(held, selected);
            let shown = member.gauge.map(|gauge| gauges[gauge].read(held, selected, at)).unwrap_or_default();
            member.show((held, beside), shown, at, findings);
            self.has_unconfirmed |= member.state.unconfirmed.is_some();
        }
        self.next_due = self.members.iter().filter_map(|member| member.due).min();
    }

    fn note_feed(&mut self, findings: &mut Findings) {
        let believed = self.selected.iter().find(|it| it.selection.source.is_none() && !it.selection.closed_market);
        let Some(now) = believed.filter(|it| it.is_news).and_then(|it| it.now.as_ref()) else { return };
        let source = &now.rate.source;
        if self.believed.as_ref() != Some(source) && self.believed.replace(source.clone()).is_some() {
            findings.feed_changes.push(source.clone());
        }
    }

    /// Where the machines stand.
    pub fn states(&self) -> impl Iterator<Item = (&ActiveRule, Pair, &PairState)> + '_ {
        self.members.iter().map(|member| (&*member.active, member.pair, &member.state))
    }

    /// The machines that moved since the last time; they are taken as written from now on.
    pub fn unwritten_states(&mut self) -> impl Iterator<Item = (&ActiveRule, Pair, &PairState)> + '_ {
        let unwritten = self.members.iter_mut().filter(|member| !member.is_written);
        unwritten.map(|member| {
            member.is_written = true;
            (&*member.active, member.pair, &member.state)
        })
    }

    /// The rates that are new since the last time; they are taken as written from now on.
    pub fn unwritten_rates(&mut self) -> impl Iterator<Item = KnownRate> + '_ {
        self.known.unwritten()
    }

    /// From which time on the log is to be read again to know what was before the newest rates; `None` where it is known.
    pub fn reads_since(&self, log_time: Timestamp, feeds: &[FeedRank]) -> Option<Timestamp> {
        self.selected.iter().filter_map(|selected| selected.reads_since(&self.known, feeds, log_time)).min()
    }

    /// One that has no machines and knows nothing, to be shown the log again and then to be [adopted](Self::adopt).
    #[must_use]
    pub fn to_read_again(&self) -> Self {
        let known = if self.known.has_ranked() { KnownRates::only_ranked() } else { KnownRates::default() };
        let selected = self.selected.iter().map(Selected::emptied).collect();
        Self { known, selected, ..Self::new(self.pair) }
    }

    /// Takes over what was before the newest rates, where it is not known.
    pub fn adopt(&mut self, read: Self) {
        for (mine, theirs) in self.selected.iter_mut().zip(read.selected) {
            mine.adopt(theirs);
        }
    }
}

/// Where machines find what they go by.
#[derive(Default)]
struct Places {
    selections: Vec<Selection>,
    gauges: Vec<Gauge>,
    by_selection: HashMap<Selection, usize>,
    by_gauge: HashMap<Gauge, usize>,
}

impl Places {
    fn place(
        &mut self,
        active: Arc<ActiveRule>,
        pair: Pair,
        oriented: Pair,
        (state, is_written): (PairState, bool),
    ) -> Member {
        let rule = &active.rule;
        let is_turned = pair != oriented;
        let (first, second) = match &rule.condition {
            Condition::Divergence { sources: [first, second], .. } => (Some(first), Some(second)),
            _ => (rule.source.as_ref(), None),
        };
        let selection =
            |source: Option<&Source>| Selection { source: source.cloned(), closed_market: rule.closed_market };
        let selected = found_or_pushed(&mut self.by_selection, &mut self.selections, selection(first));
        let other =
            second.map(|second| found_or_pushed(&mut self.by_selection, &mut self.selections, selection(Some(second))));
        let gauge = Gauge::of(&rule.condition, selected, other, is_turned);
        let gauge = gauge.map(|gauge| found_or_pushed(&mut self.by_gauge, &mut self.gauges, gauge));
        let due = Some(Timestamp::MIN_UTC);
        Member { active, pair, selected, other, gauge, is_turned, state, is_written, due }
    }
}

fn found_or_pushed<T: Clone + Eq + std::hash::Hash>(places: &mut HashMap<T, usize>, all: &mut Vec<T>, one: T) -> usize {
    if let Some(at) = places.get(&one) {
        return *at;
    }
    all.push(one.clone());
    places.insert(one, all.len() - 1);
    all.len() - 1
}
