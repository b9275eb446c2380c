//! The newest accepted rates of one pair, and which of them is believed.

use chrono::TimeDelta;
use fx_domain::alert::{KnownRate, Skipped};
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::preferred::{Candidate, choose};

use crate::settings::Settings;

/// One rate for each feed, in the configured order of the feeds; a second one where a stream has spoken while its market
/// was closed.
#[derive(Debug, Default)]
pub(crate) struct KnownRates(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    /// `None` for a feed that is not configured.
    rank: Option<(usize, TimeDelta)>,
    rate: KnownRate,
    is_written: bool,
}

impl KnownRates {
    /// Takes what the store knows.
    pub(crate) fn restore(&mut self, rate: KnownRate, settings: &Settings) {
        self.put(rate, settings, true);
    }

    /// Takes an accepted rate where it is news; else says why not.
    pub(crate) fn take(&mut self, rate: KnownRate, settings: &Settings) -> Option<Skipped> {
        let same_feed = self.0.iter().map(|entry| &entry.rate).filter(|known| known.source == rate.source);
        if let Some(newest) = same_feed.max_by_key(|known| known.source_ts) {
            if rate.source_ts < newest.source_ts {
                return Some(Skipped::Late);
            }
            if rate.source_ts == newest.source_ts && rate.fetched_at <= newest.fetched_at {
                return Some(Skipped::Duplicate);
            }
        }
        self.put(rate, settings, false);
        None
    }

    fn put(&mut self, rate: KnownRate, settings: &Settings, is_written: bool) {
        let same = |entry: &&mut Entry| entry.rate.source == rate.source && entry.rate.market_open == rate.market_open;
        if let Some(entry) = self.0.iter_mut().find(same) {
            (entry.rate, entry.is_written) = (rate, is_written);
            return;
        }
        let found = settings.feeds.iter().enumerate().find(|(_, feed)| feed.source == rate.source);
        let rank = found.map(|(rank, feed)| (rank, feed.stale_after));
        self.0.push(Entry { rank, rate, is_written });
        self.0.sort_by_key(|entry| entry.rank.map_or(usize::MAX, |(rank, _)| rank));
    }

    /// Whether time alone can change which feed is believed.
    pub(crate) fn is_contested(&self) -> bool {
        let mut ranks = self.0.iter().filter_map(|entry| entry.rank.map(|(rank, _)| rank));
        ranks.next().is_some_and(|first| ranks.any(|rank| rank != first))
    }

    /// The newest rate of `source`; of a closed market only where that counts.
    pub(crate) fn of(&self, source: &Source, closed_market: bool) -> Option<&KnownRate> {
        let entries = self.counting(closed_market).filter(|entry| entry.rate.source == *source);
        entries.map(|entry| &entry.rate).max_by_key(|rate| rate.source_ts)
    }

    /// The rate of the feed that is believed at `now`.
    pub(crate) fn preferred(&self, closed_market: bool, now: Timestamp) -> Option<&KnownRate> {
        let mut ranked: Vec<(&KnownRate, TimeDelta)> = Vec::with_capacity(self.0.len());
        for entry in self.counting(closed_market) {
            let Some((_, stale_after)) = entry.rank else { continue };
            match ranked.last_mut().filter(|(last, _)| last.source == entry.rate.source) {
                Some(last) if last.0.source_ts < entry.rate.source_ts => last.0 = &entry.rate,
                Some(_) => {}
                None => ranked.push((&entry.rate, stale_after)),
            }
        }
        match ranked.as_slice() {
            [] => self.counting(closed_market).map(|entry| &entry.rate).max_by_key(|rate| rate.source_ts),
            [(only, _)] => Some(only),
            many => {
                let candidates: Vec<Candidate> = many.iter().map(|(rate, stale)| candidate(rate, *stale)).collect();
                choose(&candidates, now).map(|chosen| many[chosen].0)
            }
        }
    }

    /// What is not written yet; it is taken as written from now on.
    pub(crate) fn unwritten(&mut self) -> impl Iterator<Item = KnownRate> + '_ {
        let unwritten = self.0.iter_mut().filter(|entry| !entry.is_written);
        unwritten.map(|entry| {
            entry.is_written = true;
            entry.rate.clone()
        })
    }

    fn counting(&self, closed_market: bool) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |entry| closed_market || entry.rate.market_open)
    }
}

fn candidate(rate: &KnownRate, stale_after: TimeDelta) -> Candidate {
    Candidate { source_ts: rate.source_ts, aged_from: rate.aged_from, market: rate.market, stale_after }
}
