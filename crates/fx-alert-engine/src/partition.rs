//! One partition: everything that is known of its pairs, and how far it has been read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use fx_domain::alert::{Findings, KnownRate, PairState, PairWatch};
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use fx_store::alerts::{Effect, Standing, StoredState};
use fx_stream::message::decode;
use fx_stream::{Message, Record, Topic, dead_letter};
use rayon::prelude::*;
use uuid::Uuid;

use crate::findings;
use crate::history::History;
use crate::rules::Rules;
use crate::seen::SeenBatch;
use crate::settings::Settings;

/// From how many machines on a batch is evaluated in parallel, pair by pair: below it, handing out the work costs more than
/// it saves (measured by fx-domain's `benches/alerts.rs`).
const PARALLEL_FROM: usize = 5_000;

#[derive(Debug)]
pub(crate) struct Partition {
    number: u32,
    settings: Arc<Settings>,
    rules: Arc<Rules>,
    /// What the store knows.
    written_offset: u64,
    next_offset: u64,
    log_time: Option<Timestamp>,
    pairs: HashMap<Pair, PairWatch>,
    /// Pairs where time alone may move something.
    timed: BTreeSet<Pair>,
    machines: usize,
    found: Findings,
}

impl Partition {
    /// Goes on from what the store knows. Shows the rules nothing yet.
    pub(crate) fn restore(number: u32, standing: Standing, settings: Arc<Settings>, rules: Arc<Rules>) -> Self {
        let Standing { next_offset, log_time, states, rates } = standing;
        let mut partition = Self {
            number,
            settings,
            rules: Arc::clone(&rules),
            written_offset: next_offset,
            next_offset,
            log_time,
            pairs: HashMap::new(),
            timed: BTreeSet::new(),
            machines: 0,
            found: Findings::default(),
        };
        for rate in rates {
            let watch = partition.pairs.entry(rate.pair).or_insert_with(|| PairWatch::new(rate.pair));
            watch.restore(rate, &partition.settings.feeds);
        }
        let mut known: HashMap<(Uuid, Pair), StoredState> =
            states.into_iter().map(|stored| ((stored.alert_id, stored.pair), stored)).collect();
        partition.apply(rules, |id, begun_at, pair| {
            known.remove(&(id, pair)).filter(|stored| stored.begun_at == begun_at).map(|stored| stored.state)
        });
        partition
    }

    /// Goes by other rules from now on. Shows them nothing yet.
    pub(crate) fn set_rules(&mut self, rules: Arc<Rules>) {
        self.apply(rules, |_, _, _| None);
    }

    fn apply(&mut self, rules: Arc<Rules>, mut restored: impl FnMut(Uuid, Timestamp, Pair) -> Option<PairState>) {
        self.rules = rules;
        for (pair, watch) in &mut self.pairs {
            watch.set_rules(self.rules.watching(*pair), |rule, pair| restored(rule.id, rule.begun_at, pair));
        }
        self.machines = self.pairs.values().map(PairWatch::machines).sum();
    }

    /// What is to be read again before the rules are shown anything.
    pub(crate) fn history(&self) -> Option<History> {
        let log_time = self.log_time?;
        let mut since = Vec::new();
        let mut pairs = HashMap::new();
        for (pair, watch) in &self.pairs {
            if let Some(from) = watch.reads_since(log_time, &self.settings.feeds) {
                since.push(from);
                pairs.insert(*pair, watch.to_read_again());
            }
        }
        let span = (since.into_iter().min()?, self.next_offset);
        Some(History::new(Arc::clone(&self.settings), span, pairs))
    }

    /// Takes over what was read again.
    pub(crate) fn adopt(&mut self, history: History) {
        for (pair, read) in history.pairs {
            if let Some(watch) = self.pairs.get_mut(&pair) {
                watch.adopt(read);
            }
        }
    }

    /// Evaluates what is new: rules against the newest accepted rates.
    pub(crate) fn begin(&mut self) {
        let Some(at) = self.log_time else { return };
        let mut pairs: Vec<Pair> = self.pairs.keys().copied().collect();
        pairs.sort_unstable();
        for pair in pairs {
            if let Some(watch) = self.pairs.get_mut(&pair) {
                watch.pass(&self.settings.feeds, at, &mut self.found);
                note_timed(&mut self.timed, pair, watch);
            }
        }
    }

    /// The offset that is wanted next.
    pub(crate) fn next_offset(&self) -> u64 {
        self.next_offset
    }

    /// Reads messages, without any effect outside; answers those that cannot be read.
    pub(crate) fn read(&mut self, messages: Vec<Message>) -> Vec<Record> {
        let mut letters = Vec::new();
        for message in messages {
            if message.offset < self.next_offset {
                continue;
            }
            self.next_offset = message.offset + 1;
            match decode::<SeenBatch>(&message.record.payload) {
                Ok(batch) => self.observe(batch.fetched_at, batch.rates().collect()),
                Err(error) => letters.push(dead_letter::of(&message, Topic::RatesEnriched, &error)),
            }
        }
        letters
    }

    /// Takes the rates of one batch, one of a pair.
    fn observe(&mut self, fetched_at: Timestamp, rates: Vec<KnownRate>) {
        let at = self.log_time.map_or(fetched_at, |before| before.max(fetched_at));
        self.log_time = Some(at);
        for rate in &rates {
            let new = || {
                let mut watch = PairWatch::new(rate.pair);
                watch.set_rules(self.rules.watching(rate.pair), |_, _| None);
                self.machines += watch.machines();
                watch
            };
            self.pairs.entry(rate.pair).or_insert_with(new);
        }
        let taken: Vec<Pair> = rates.iter().map(|rate| rate.pair).collect();
        if self.machines < PARALLEL_FROM || rates.len() < 2 {
            for rate in rates {
                if let Some(watch) = self.pairs.get_mut(&rate.pair) {
                    watch.take(rate, &self.settings.feeds, at, &mut self.found);
                }
            }
        } else {
            self.take_in_parallel(rates, at);
        }
        for pair in taken {
            if let Some(watch) = self.pairs.get(&pair) {
                note_timed(&mut self.timed, pair, watch);
            }
        }
        self.pass(at);
    }

    /// The same, each pair on its own, and then put together in the order of the batch.
    fn take_in_parallel(&mut self, rates: Vec<KnownRate>, at: Timestamp) {
        let order: HashMap<Pair, (usize, KnownRate)> =
            rates.into_iter().enumerate().map(|(place, rate)| (rate.pair, (place, rate))).collect();
        let feeds = &self.settings.feeds;
        let one = |(pair, watch): (&Pair, &mut PairWatch)| {
            let (place, rate) = order.get(pair)?.clone();
            let mut found = Findings::default();
            watch.take(rate, feeds, at, &mut found);
            Some((place, found))
        };
        let mut found: Vec<(usize, Findings)> = self.pairs.par_iter_mut().filter_map(one).collect();
        found.sort_unstable_by_key(|(place, _)| *place);
        for (_, found) in found {
            self.found.extend(found);
        }
    }

    fn pass(&mut self, at: Timestamp) {
        let timed: Vec<Pair> = self.timed.iter().copied().collect();
        for pair in timed {
            if let Some(watch) = self.pairs.get_mut(&pair) {
                watch.pass(&self.settings.feeds, at, &mut self.found);
                note_timed(&mut self.timed, pair, watch);
            }
        }
    }

    /// What has come of it since the last time; `None` where nothing has.
    pub(crate) fn effect(&mut self) -> Option<Effect> {
        let mut states = Vec::new();
        for watch in self.pairs.values_mut() {
            states.extend(watch.unwritten_states().map(|(rule, pair, state)| StoredState {
                alert_id: rule.id,
                begun_at: rule.begun_at,
                pair,
                state: state.clone(),
            }));
        }
        if states.is_empty() && self.next_offset == self.written_offset {
            return None;
        }
        // In the order of the key, neighbours land on the same page.
        states.sort_unstable_by_key(|state| (state.alert_id, state.pair));
        let rates = self.pairs.values_mut().flat_map(PairWatch::unwritten_rates).collect();
        let expected = std::mem::replace(&mut self.written_offset, self.next_offset);
        let mut found = std::mem::take(&mut self.found);
        // Of two pairs, the second may have fallen silent before the first one moved.
        found.transitions.sort_by_key(|transition| transition.at);
        findings::count(&found);
        Some(Effect {
            partition: self.number,
            expected,
            next_offset: self.next_offset,
            log_time: self.log_time,
            states,
            transitions: found.transitions,
            tell: found.told,
            rates,
        })
    }
}

fn note_timed(timed: &mut BTreeSet<Pair>, pair: Pair, watch: &PairWatch) {
    if watch.is_timed() {
        timed.insert(pair);
    } else {
        timed.remove(&pair);
    }
}
