//! Every rule, by the pairs that it watches.

use std::collections::HashMap;
use std::sync::Arc;

use fx_domain::alert::{ActiveRule, Pairs};
use fx_domain::pair::Pair;
use fx_store::alerts::StoredRule;

#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// In the order of their creation.
    active: Vec<Arc<ActiveRule>>,
    by_pair: HashMap<Pair, Vec<usize>>,
    of_every_pair: Vec<usize>,
}

impl Rules {
    pub(crate) fn new(mut stored: Vec<StoredRule>) -> Self {
        stored.sort_by_key(|rule| rule.id);
        let mut rules = Self::default();
        for (at, stored) in stored.into_iter().enumerate() {
            match &stored.rule.pairs {
                Pairs::All => rules.of_every_pair.push(at),
                Pairs::Named(pairs) => {
                    for pair in pairs {
                        let watching = rules.by_pair.entry(pair.orient()).or_default();
                        if watching.last() != Some(&at) {
                            watching.push(at);
                        }
                    }
                }
            }
            rules.active.push(Arc::new(active(stored)));
        }
        rules
    }

    /// The rules that watch the stored `oriented` pair, each with the pair in its own direction, in order of creation.
    pub(crate) fn watching(&self, oriented: Pair) -> Vec<(Arc<ActiveRule>, Pair)> {
        let named = self.by_pair.get(&oriented).map_or(&[][..], Vec::as_slice);
        let mut watching: Vec<usize> = named.iter().chain(&self.of_every_pair).copied().collect();
        watching.sort_unstable();
        let rules = watching.into_iter().map(|at| &self.active[at]);
        rules.flat_map(|active| active.rule.pairs.watched(oriented).map(move |own| (Arc::clone(active), own))).collect()
    }

    /// Whether both hold the same rules, about which the same has been done.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.active == other.active
    }
}

fn active(stored: StoredRule) -> ActiveRule {
    let counts_from = stored.begun().transitions;
    let StoredRule { id, rule, begun_at, snoozed_until, acknowledged, .. } = stored;
    ActiveRule { id, rule, begun_at, counts_from, snoozed_until, acknowledged }
}
