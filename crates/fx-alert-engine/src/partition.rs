//! One partition: everything that is known of its pairs, and how far it has been read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use fx_domain::alert::{KnownRate, PairState, Skipped};
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use fx_domain::rate::Quality;
use fx_store::alerts::{Effect, Standing, StoredRule};
use fx_stream::message::decode;
use fx_stream::{Message, Record, Topic, dead_letter};
use uuid::Uuid;

use crate::findings::Findings;
use crate::rules::Rules;
use crate::seen::SeenBatch;
use crate::settings::Settings;
use crate::watch::PairWatch;

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
    /// Watched pairs of which more than one feed speaks: time alone may change which one is believed.
    contested: BTreeSet<Pair>,
    findings: Findings,
}

impl Partition {
    /// Goes on from what the store knows; rules that were never evaluated are now.
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
            contested: BTreeSet::new(),
            findings: Findings::default(),
        };
        for rate in rates {
            let watch = partition.pairs.entry(rate.pair).or_insert_with(|| PairWatch::new(rate.pair));
            watch.known.restore(rate, &partition.settings);
        }
        let mut states: HashMap<(Uuid, Pair), PairState> =
            states.into_iter().map(|stored| ((stored.alert_id, stored.pair), stored.state)).collect();
        partition.apply(rules, |rule, pair| states.remove(&(rule.id, pair)).unwrap_or_default());
        partition
    }

    /// Goes by other rules from now on. New ones are evaluated against the newest accepted rates.
    pub(crate) fn set_rules(&mut self, rules: Arc<Rules>) {
        self.apply(rules, |_, _| PairState::default());
    }

    fn apply(&mut self, rules: Arc<Rules>, mut restored: impl FnMut(&StoredRule, Pair) -> PairState) {
        self.rules = rules;
        let mut pairs: Vec<Pair> = self.pairs.keys().copied().collect();
        pairs.sort_unstable();
        for pair in pairs {
            if let Some(watch) = self.pairs.get_mut(&pair) {
                watch.set_rules(&self.rules, &mut restored);
            }
            self.note_contest(pair);
            self.evaluate(pair);
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
                Ok(batch) => self.observe(&batch),
                Err(error) => letters.push(dead_letter::of(&message, Topic::RatesEnriched, &error)),
            }
        }
        letters
    }

    pub(crate) fn observe(&mut self, batch: &SeenBatch) {
        self.log_time = self.log_time.max(Some(batch.fetched_at));
        for rate in batch.rates() {
            self.take(rate);
        }
        let contested: Vec<Pair> = self.contested.iter().copied().collect();
        for pair in contested {
            self.evaluate(pair);
        }
    }

    fn take(&mut self, rate: KnownRate) {
        if rate.quality == Quality::Suspect {
            self.findings.skip_rate(Skipped::Suspect);
            return;
        }
        let pair = rate.pair;
        let watch = self.pairs.entry(pair).or_insert_with(|| {
            let mut watch = PairWatch::new(pair);
            watch.set_rules(&self.rules, |_, _| PairState::default());
            watch
        });
        if let Some(reason) = watch.known.take(rate, &self.settings) {
            self.findings.skip_rate(reason);
            return;
        }
        if watch.has_machines() {
            self.note_contest(pair);
            self.evaluate(pair);
        }
    }

    fn note_contest(&mut self, pair: Pair) {
        let is_contested = |watch: &PairWatch| watch.has_machines() && watch.known.is_contested();
        if self.pairs.get(&pair).is_some_and(is_contested) {
            self.contested.insert(pair);
        } else {
            self.contested.remove(&pair);
        }
    }

    fn evaluate(&mut self, pair: Pair) {
        if let Some((at, watch)) = self.log_time.zip(self.pairs.get_mut(&pair)) {
            watch.evaluate(at, &mut self.findings);
        }
    }

    /// What has come of it since the last time; `None` where nothing has.
    pub(crate) fn effect(&mut self) -> Option<Effect> {
        let mut states: Vec<_> = self.pairs.values_mut().flat_map(PairWatch::unwritten).collect();
        if states.is_empty() && self.next_offset == self.written_offset {
            return None;
        }
        // In the order of the key, neighbours land on the same page.
        states.sort_unstable_by_key(|state| (state.alert_id, state.pair));
        let rates = self.pairs.values_mut().flat_map(|watch| watch.known.unwritten()).collect();
        let expected = std::mem::replace(&mut self.written_offset, self.next_offset);
        Some(Effect {
            partition: self.number,
            expected,
            next_offset: self.next_offset,
            log_time: self.log_time,
            states,
            transitions: self.findings.take(),
            rates,
        })
    }
}
