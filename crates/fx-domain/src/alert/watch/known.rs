//! The newest accepted rates of one pair, and which of them is believed.

use std::cmp::Ordering;

use chrono::TimeDelta;

use super::feeds::FeedRank;
use crate::alert::{KnownRate, Skipped};
use crate::clock::Timestamp;
use crate::feed::Source;
use crate::preferred::{Candidate, choose};

/// One rate for each feed, in the configured order of the feeds; a second one where a stream has spoken while its market
/// was closed.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownRates {
    entries: Vec<Entry>,
    /// Feeds that are not configured are never believed.
    only_ranked: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    /// `None` for a feed that is not configured.
    rank: Option<(usize, TimeDelta)>,
    rate: KnownRate,
    is_written: bool,
}

impl KnownRates {
    /// Of a pair of which a configured feed has spoken once.
    pub(super) fn only_ranked() -> Self {
        Self { only_ranked: true, ..Self::default() }
    }

    /// Takes what the store knows.
    pub(super) fn restore(&mut self, rate: KnownRate, feeds: &[FeedRank]) {
        self.put(rate, feeds, true);
    }

    /// Takes an accepted rate where it is news; else says why not.
    pub(super) fn take(&mut self, rate: KnownRate, feeds: &[FeedRank]) -> Option<Skipped> {
        let skipped = self.skipped(&rate);
        if skipped.is_none() {
            self.put(rate, feeds, false);
        }
        skipped
    }

    /// Why a rate is no news, if it is none.
    pub(super) fn skipped(&self, rate: &KnownRate) -> Option<Skipped> {
        let newest = self.of(&rate.source, true)?;
        match rate.source_ts.cmp(&newest.source_ts) {
            Ordering::Less => Some(Skipped::Late),
            Ordering::Equal if rate.fetched_at <= newest.fetched_at => Some(Skipped::Duplicate),
            _ => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether any feed has spoken that is configured.
    pub(super) fn has_ranked(&self) -> bool {
        self.entries.iter().any(|entry| entry.rank.is_some())
    }

    fn put(&mut self, rate: KnownRate, feeds: &[FeedRank], is_written: bool) {
        let same = |entry: &&mut Entry| entry.rate.source == rate.source && entry.rate.market_open == rate.market_open;
        if let Some(entry) = self.entries.iter_mut().find(same) {
            (entry.rate, entry.is_written) = (rate, is_written);
            return;
        }
        let found = feeds.iter().enumerate().find(|(_, feed)| feed.source == rate.source);
        let rank = found.map(|(rank, feed)| (rank, feed.stale_after));
        self.entries.push(Entry { rank, rate, is_written });
        self.entries.sort_by_key(|entry| entry.rank.map_or(usize::MAX, |(rank, _)| rank));
    }

    /// Whether time alone can change which feed is believed.
    pub(super) fn is_contested(&self) -> bool {
        let mut ranks = self.entries.iter().filter_map(|entry| entry.rank.map(|(rank, _)| rank));
        ranks.next().is_some_and(|first| ranks.any(|rank| rank != first))
    }

    /// The newest rate of `source`; of a closed market only where that counts.
    pub(super) fn of(&self, source: &Source, closed_market: bool) -> Option<&KnownRate> {
        let entries = self.counting(closed_market).filter(|entry| entry.rate.source == *source);
        entries.map(|entry| &entry.rate).max_by_key(|rate| rate.source_ts)
    }

    /// The rate of the feed that is believed at `now`.
    pub(super) fn preferred(&self, closed_market: bool, now: Timestamp) -> Option<&KnownRate> {
        let mut ranked: Vec<(&KnownRate, TimeDelta)> = Vec::with_capacity(self.entries.len());
        for entry in self.counting(closed_market) {
            let Some((_, stale_after)) = entry.rank else { continue };
            match ranked.last_mut().filter(|(last, _)| last.source == entry.rate.source) {
                Some(last) if last.0.source_ts < entry.rate.source_ts => last.0 = &entry.rate,
                Some(_) => {}
                None => ranked.push((&entry.rate, stale_after)),
            }
        }
        match ranked.as_slice() {
            [] if self.only_ranked => None,
            [] => self.counting(closed_market).map(|entry| &entry.rate).max_by_key(|rate| rate.source_ts),
            [(only, _)] => Some(only),
            many => {
                let candidates: Vec<Candidate> = many.iter().map(|(rate, stale)| candidate(rate, *stale)).collect();
                choose(&candidates, now).map(|chosen| many[chosen].0)
            }
        }
    }

    /// What is not written yet; it is taken as written from now on.
    pub(super) fn unwritten(&mut self) -> impl Iterator<Item = KnownRate> + '_ {
        let unwritten = self.entries.iter_mut().filter(|entry| !entry.is_written);
        unwritten.map(|entry| {
            entry.is_written = true;
            entry.rate.clone()
        })
    }

    fn counting(&self, closed_market: bool) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| closed_market || entry.rate.market_open)
    }
}

pub(super) fn candidate(rate: &KnownRate, stale_after: TimeDelta) -> Candidate {
    Candidate { source_ts: rate.source_ts, aged_from: rate.aged_from, market: rate.market, stale_after }
}
