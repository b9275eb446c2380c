//! The real thing: a watch that is killed now and then, and reads the log again.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::*;
use super::events::Event;
use super::{Told, feeds};

struct Played {
    feeds: Vec<FeedRank>,
    active: ActiveRule,
    watch: PairWatch,
    log: Vec<(Timestamp, Option<KnownRate>)>,
    log_time: Option<Timestamp>,
    found: Findings,
    /// What the store holds.
    rates: HashMap<(String, bool), KnownRate>,
    states: HashMap<Pair, String>,
}

use crate::pair::Pair;

/// What is told of a rule that is made at event `begins`, and where its machine ends.
pub(super) fn told(rule: &Rule, events: &[Event], begins: usize) -> (Vec<Told>, Vec<PairState>) {
    let active = ActiveRule {
        id: Uuid::from_u128(7),
        rule: rule.clone(),
        begun_at: minute(0),
        counts_from: 0,
        snoozed_until: None,
        acknowledged: Vec::new(),
    };
    let mut played = Played {
        feeds: feeds(),
        active,
        watch: PairWatch::new("EURUSD".parse().expect("a pair")),
        log: Vec::new(),
        log_time: None,
        found: Findings::default(),
        rates: HashMap::new(),
        states: HashMap::new(),
    };
    for (place, event) in events.iter().enumerate() {
        if place == begins {
            played.set_rules();
            played.write();
        }
        played.play(event, place >= begins);
    }
    let states = played.watch.states().map(|(_, _, state)| state.clone()).collect();
    (shown(&played.found), states)
}

impl Played {
    fn play(&mut self, event: &Event, is_begun: bool) {
        match event {
            Event::Message(fetched_at, rate) => self.read(*fetched_at, rate.clone()),
            Event::Snooze(minutes) => {
                self.active.snoozed_until = self.log_time.map(|at| at + TimeDelta::minutes(*minutes));
            }
            Event::Resume => self.active.snoozed_until = None,
            Event::Acknowledge => {
                self.active.acknowledged = self.watch.states().filter_map(|(_, _, state)| state.episode).collect();
            }
            Event::Restart => self.restart(is_begun),
        }
        if is_begun && !matches!(event, Event::Message(..) | Event::Restart) {
            self.set_rules();
        }
        self.write();
    }

    fn read(&mut self, fetched_at: Timestamp, rate: Option<KnownRate>) {
        let at = self.log_time.map_or(fetched_at, |before| before.max(fetched_at));
        self.log_time = Some(at);
        self.log.push((at, rate.clone()));
        observe(&mut self.watch, (at, rate), &self.feeds, &mut self.found);
    }

    fn set_rules(&mut self) {
        let active = Arc::new(self.active.clone());
        let pairs = active.rule.pairs.watched("EURUSD".parse().expect("a pair")).map(|own| (Arc::clone(&active), own));
        let states = &self.states;
        let restored =
            |_: &ActiveRule, pair| states.get(&pair).map(|state| serde_json::from_str(state).expect("is read again"));
        self.watch.set_rules(pairs.collect::<Vec<_>>(), restored);
        let Some(at) = self.log_time else { return };
        if let Some(since) = self.watch.reads_since(at, &self.feeds) {
            let mut again = self.watch.to_read_again();
            let mut ignored = Findings::default();
            for entry in self.log.iter().filter(|(at, _)| *at >= since) {
                observe(&mut again, entry.clone(), &self.feeds, &mut ignored);
            }
            assert_eq!(ignored.transitions, []);
            self.watch.adopt(again);
        }
        self.watch.pass(&self.feeds, at, &mut self.found);
    }

    fn restart(&mut self, is_begun: bool) {
        self.watch = PairWatch::new("EURUSD".parse().expect("a pair"));
        for rate in self.rates.values() {
            let stored = serde_json::to_string(rate).expect("serialises");
            self.watch.restore(serde_json::from_str(&stored).expect("is read again"), &self.feeds);
        }
        if is_begun {
            self.set_rules();
        }
    }

    fn write(&mut self) {
        for rate in self.watch.unwritten_rates() {
            self.rates.insert((rate.source.to_string(), rate.market_open), rate);
        }
        for (_, pair, state) in self.watch.unwritten_states() {
            self.states.insert(pair, serde_json::to_string(state).expect("serialises"));
        }
    }
}

/// As the engine does with each message.
fn observe(
    watch: &mut PairWatch,
    (at, rate): (Timestamp, Option<KnownRate>),
    feeds: &[FeedRank],
    found: &mut Findings,
) {
    if let Some(rate) = rate {
        watch.take(rate, feeds, at, found);
    }
    if watch.is_timed() {
        watch.pass(feeds, at, found);
    }
}

fn shown(found: &Findings) -> Vec<Told> {
    let mut episodes: Vec<Uuid> = Vec::new();
    let one = |it: &Transition| {
        let episode = it.episode_id.map(|id| {
            episodes.iter().position(|known| *known == id).unwrap_or_else(|| {
                episodes.push(id);
                episodes.len() - 1
            })
        });
        Told {
            from: it.from,
            to: it.to,
            notice: it.notice,
            at: it.at,
            source: it.source.to_string(),
            source_ts: it.source_ts,
            value: it.value,
            measured: it.measured,
            episode,
            is_loud: found.told.contains(&(it.id, "ops".to_owned())),
        }
    };
    found.transitions.iter().map(one).collect()
}
