//! One pair: its newest rates, and the machines that watch it.

use std::collections::HashMap;
use std::sync::Arc;

use fx_domain::alert::{Input, KnownRate, PairState, Reading, Watched, step};
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_store::alerts::{StoredRule, StoredState};
use uuid::Uuid;

use crate::findings::Findings;
use crate::known::KnownRates;
use crate::metrics;
use crate::rules::Rules;

#[derive(Debug)]
pub(crate) struct PairWatch {
    /// As it is stored.
    pair: Pair,
    pub(crate) known: KnownRates,
    machines: Vec<Machine>,
    /// Whose rate was believed last.
    preferred: Option<Source>,
}

/// The machine of one rule.
#[derive(Debug)]
struct Machine {
    stored: Arc<StoredRule>,
    /// In the rule's own direction.
    pair: Pair,
    state: PairState,
    is_written: bool,
}

/// The rates that rules without a source go by.
struct Preferred<'a> {
    open_market: Option<&'a KnownRate>,
    any_time: Option<&'a KnownRate>,
}

impl PairWatch {
    pub(crate) fn new(pair: Pair) -> Self {
        Self { pair, known: KnownRates::default(), machines: Vec::new(), preferred: None }
    }

    pub(crate) fn has_machines(&self) -> bool {
        !self.machines.is_empty()
    }

    /// Makes the machines of `rules`: goes on with those there are, begins new ones with what `restored` knows of them.
    pub(crate) fn set_rules(&mut self, rules: &Rules, mut restored: impl FnMut(&StoredRule, Pair) -> PairState) {
        let before = std::mem::take(&mut self.machines);
        let mut before: HashMap<_, _> = before.into_iter().map(|machine| (machine.key(), machine)).collect();
        for (stored, pair) in rules.watching(self.pair) {
            let kept = before.remove(&(stored.id, pair)).filter(|kept| kept.stored.updated_at == stored.updated_at);
            let begun =
                || Machine { state: restored(&stored, pair), stored: Arc::clone(&stored), pair, is_written: true };
            self.machines.push(kept.unwrap_or_else(begun));
        }
    }

    /// Shows the machines the rates that they go by, as of log time `at`.
    pub(crate) fn evaluate(&mut self, at: Timestamp, findings: &mut Findings) {
        let Self { known, machines, preferred, .. } = self;
        if machines.is_empty() {
            return;
        }
        let rates = Preferred { open_market: known.preferred(false, at), any_time: known.preferred(true, at) };
        note_feed(preferred, rates.open_market);
        for machine in machines {
            let rule = &machine.stored.rule;
            let rate = match &rule.source {
                Some(source) => known.of(source, rule.closed_market),
                None if rule.closed_market => rates.any_time,
                None => rates.open_market,
            };
            if let Some(rate) = rate.filter(|rate| !machine.has_seen(rate)) {
                machine.show(rate, at, findings);
            }
        }
    }

    /// The machines that moved since the last time.
    pub(crate) fn unwritten(&mut self) -> impl Iterator<Item = StoredState> + '_ {
        let unwritten = self.machines.iter_mut().filter(|machine| !machine.is_written);
        unwritten.map(|machine| {
            machine.is_written = true;
            StoredState { alert_id: machine.stored.id, pair: machine.pair, state: machine.state.clone() }
        })
    }
}

fn note_feed(before: &mut Option<Source>, now: Option<&KnownRate>) {
    let Some(now) = now else { return };
    if before.as_ref() != Some(&now.source) && before.replace(now.source.clone()).is_some() {
        metrics::feed_changed(now.source.as_str());
    }
}

impl Machine {
    fn key(&self) -> (Uuid, Pair) {
        (self.stored.id, self.pair)
    }

    fn has_seen(&self, rate: &KnownRate) -> bool {
        self.state.last.as_ref().is_some_and(|last| {
            last.source_ts == rate.source_ts && last.fetched_at == rate.fetched_at && last.source == rate.source
        })
    }

    fn show(&mut self, rate: &KnownRate, at: Timestamp, findings: &mut Findings) {
        let watched = Watched::new(self.stored.id, &self.stored.rule, self.pair);
        let update = rate.update(self.pair);
        let step = step(&watched, std::mem::take(&mut self.state), &Input::Rate(&update, Reading::default()), at);
        self.state = step.state;
        self.is_written &= step.skipped.is_some();
        findings.note(step.skipped, step.transitions);
    }
}
