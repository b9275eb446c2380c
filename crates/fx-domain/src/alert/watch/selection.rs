//! What a rule goes by: the feed that it names, or the one that is believed.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::feeds::{FeedRank, longest_good, stale_after};
use super::known::{KnownRates, candidate};
use super::series::{Ring, Trail, octave, open_before};
use crate::alert::{Condition, KnownRate, Rule, Seen, Skipped, Update};
use crate::clock::Timestamp;
use crate::feed::{Market, Source};

/// Which rates count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Selection {
    /// Those of this feed; of the believed one where there is none.
    pub(super) source: Option<Source>,
    pub(super) closed_market: bool,
}

/// The rate that is selected now, and those before it.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    pub(super) selection: Selection,
    pub(super) now: Option<Current>,
    /// Whether that has just become so.
    pub(super) is_news: bool,
    /// The newest that is neither late nor known.
    counted: Option<Seen>,
    trails: Vec<Trail>,
    ring: Option<Ring>,
    /// Whether the rates before are those that there were, as far as one looks back.
    is_whole: bool,
}

/// A selected rate, also as machines are shown it: as it is, and turned.
#[derive(Clone, Debug)]
pub(super) struct Current {
    pub(super) rate: KnownRate,
    pub(super) updates: [Update; 2],
    pub(super) stale_after: TimeDelta,
}

impl Selection {
    /// The rate of `known` that it goes by at `at`.
    fn of<'a>(&self, known: &'a KnownRates, at: Timestamp) -> Option<&'a KnownRate> {
        match &self.source {
            Some(source) => known.of(source, self.closed_market),
            None => known.preferred(self.closed_market, at),
        }
    }
}

impl Current {
    pub(super) fn new(rate: &KnownRate, feeds: &[FeedRank]) -> Self {
        let updates = [rate.update(rate.pair), rate.update(rate.pair.inverse())];
        Self { rate: rate.clone(), updates, stale_after: stale_after(feeds, rate) }
    }

    /// How often the rate's feed speaks, counted in open-market time: it is stale after two times that.
    pub(super) fn cadence(&self) -> TimeDelta {
        self.stale_after / 2
    }

    /// Its age in open-market time.
    pub(super) fn age(&self, at: Timestamp) -> TimeDelta {
        self.rate.market.open_between(self.rate.aged_from, at).max(TimeDelta::zero())
    }

    pub(super) fn is_stale(&self, at: Timestamp) -> bool {
        candidate(&self.rate, self.stale_after).is_stale(at)
    }

    fn is(&self, rate: &KnownRate) -> bool {
        let mine = &self.rate;
        mine.source_ts == rate.source_ts && mine.fetched_at == rate.fetched_at && mine.source == rate.source
    }
}

impl Selected {
    pub(super) fn new(selection: Selection) -> Self {
        Self { selection, now: None, is_news: false, counted: None, trails: Vec::new(), ring: None, is_whole: true }
    }

    /// The same without what it knows.
    pub(super) fn emptied(&self) -> Self {
        let trails = self.trails.iter().map(|trail| Trail::new(trail.octave())).collect();
        let ring = self.ring.as_ref().map(|ring| Ring::new(ring.most()));
        Self {
            selection: self.selection.clone(),
            now: None,
            is_news: false,
            counted: None,
            trails,
            ring,
            is_whole: true,
        }
    }

    /// Keeps from now on what these conditions look back at, and nothing else; `is_whole` where there is nothing yet to look
    /// back at.
    pub(super) fn keep_for<'a>(&mut self, conditions: impl Iterator<Item = &'a Condition>, is_whole: bool) {
        let mut octaves = BTreeSet::new();
        let mut most = 0;
        for condition in conditions {
            match condition {
                Condition::Change { window, .. } => {
                    octaves.insert(octave(*window));
                }
                Condition::Zscore { updates, .. } => most = most.max(usize::try_from(*updates).unwrap_or(usize::MAX)),
                _ => {}
            }
        }
        self.trails.retain(|trail| octaves.remove(&trail.octave()));
        self.ring.take_if(|_| most == 0);
        let is_short = most > 0 && self.ring.as_ref().is_none_or(|ring| ring.most() < most);
        if is_short {
            self.ring = Some(Ring::new(most));
        }
        self.is_whole &= is_whole || (octaves.is_empty() && !is_short);
        self.trails.extend(octaves.into_iter().map(Trail::new));
    }

    /// Whether it is the feed's rate that is selected.
    pub(super) fn is_of(&self, source: &Source) -> bool {
        match &self.selection.source {
            Some(mine) => mine == source,
            None => self.now.as_ref().is_some_and(|now| now.rate.source == *source),
        }
    }

    /// Whether a later one has counted: a rule may begin with such a rate, of a feed that is believed again.
    pub(super) fn is_late(&self, rate: &Update) -> bool {
        let skipped = self.counted.as_ref().and_then(|counted| rate.seen.skipped_after(counted));
        skipped == Some(Skipped::Late)
    }

    pub(super) fn trail(&self, window: TimeDelta) -> Option<&Trail> {
        let octave = octave(window);
        self.trails.iter().find(|trail| trail.octave() == octave)
    }

    pub(super) fn ring(&self) -> Option<&Ring> {
        self.ring.as_ref()
    }

    pub(super) fn looks_back(&self) -> bool {
        !self.trails.is_empty() || self.ring.is_some()
    }

    /// Goes by the rate that is to be gone by at `at`.
    pub(super) fn refresh(&mut self, known: &KnownRates, feeds: &[FeedRank], at: Timestamp) {
        self.is_news = false;
        let Some(chosen) = self.selection.of(known, at) else { return };
        if self.now.as_ref().is_some_and(|now| now.is(chosen)) {
            return;
        }
        self.is_news = true;
        let current = Current::new(chosen, feeds);
        let seen = &current.updates[0].seen;
        if self.counted.as_ref().and_then(|counted| seen.skipped_after(counted)).is_none() {
            self.trails.iter_mut().for_each(|trail| trail.take(chosen, feeds));
            self.ring.iter_mut().for_each(|ring| ring.take(chosen, feeds));
            self.counted = Some(seen.clone());
        }
        self.now = Some(current);
    }

    /// From which time on the log is to be read again to know what was before; `None` where that is known.
    pub(super) fn reads_since(&self, known: &KnownRates, feeds: &[FeedRank], log_time: Timestamp) -> Option<Timestamp> {
        if self.is_whole || !self.looks_back() {
            return None;
        }
        let newest = self.selection.of(known, log_time);
        let now = newest.map_or(log_time, |newest| newest.source_ts.min(log_time));
        let good = self.longest_good(newest, feeds);
        let window = self.trails.iter().map(Trail::longest).max().map(|longest| now - longest);
        let counted = self.ring.as_ref().map(|ring| open(good * i32::try_from(ring.most()).unwrap_or(i32::MAX), now));
        let earliest = window.into_iter().chain(counted).min().unwrap_or(now);
        // A rate that was good then is as old as that, and so may be the one that was believed before it.
        Some(open(good * 2, earliest))
    }

    fn longest_good(&self, newest: Option<&KnownRate>, feeds: &[FeedRank]) -> TimeDelta {
        let is_ranked = |rate: &KnownRate| feeds.iter().any(|feed| feed.source == rate.source);
        longest_good(feeds, self.selection.source.as_ref(), newest.is_none_or(is_ranked))
    }

    /// Takes over what was read again.
    pub(super) fn adopt(&mut self, read: Self) {
        (self.counted, self.trails, self.ring, self.is_whole) = (read.counted, read.trails, read.ring, true);
    }
}

/// From when on rates are to be read for a rule that is to be evaluated from `at` on.
pub(in crate::alert) fn reads_from(rule: &Rule, feeds: &[FeedRank], at: Timestamp) -> Timestamp {
    let selection = Selection { source: rule.source.clone(), closed_market: rule.closed_market };
    let mut selected = Selected::new(selection);
    selected.keep_for(std::iter::once(&rule.condition), false);
    // What is believed then may be as old as it is good.
    let at = open(selected.longest_good(None, feeds), at);
    selected.reads_since(&KnownRates::default(), feeds, at).unwrap_or(at)
}

/// The latest time from which on every market was open for that long.
fn open(open: TimeDelta, until: Timestamp) -> Timestamp {
    open_before(Market::Target, open, until).min(open_before(Market::Spot, open, until))
}
