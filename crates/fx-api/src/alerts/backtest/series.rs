//! The rates of one pair, as the log had them: those of several feeds, page by page, in the order of their fetching.

use std::iter::Peekable;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fx_domain::alert::backtest::{Outcome, backtest};
use fx_domain::alert::{FeedRank, KnownRate, Rule};
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, Market, Source};
use fx_domain::pair::Pair;
use fx_domain::rate::RateRecord;
use fx_store::StoreError;
use fx_store::rates::{HistoryQuery, Order, RateStore};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::problem::Problem;

/// Rates read at once.
const PAGE: u32 = 2000;

/// Rates that one backtest reads, at most.
const MOST: u64 = 5_000_000;

/// A feed, and how it speaks.
pub(super) struct Feed {
    pub(super) source: Source,
    pub(super) kind: FeedKind,
    pub(super) market: Market,
}

/// Reads the history for one backtest, from threads that may wait.
pub(super) struct Reading {
    store: Arc<dyn RateStore>,
    runtime: Handle,
    from: Timestamp,
    to: Timestamp,
    stop: CancellationToken,
    read: AtomicU64,
    failed: Mutex<Option<StoreError>>,
}

impl Reading {
    pub(super) fn new(store: &Arc<dyn RateStore>, from: Timestamp, to: Timestamp, stop: CancellationToken) -> Self {
        let (store, runtime) = (Arc::clone(store), Handle::current());
        Self { store, runtime, from, to, stop, read: AtomicU64::new(0), failed: Mutex::default() }
    }

    /// Tries the rule on one pair.
    pub(super) fn backtest(
        &self,
        rule: &Rule,
        pair: Pair,
        feeds: &[FeedRank],
        from: Timestamp,
        sources: Vec<Feed>,
    ) -> Outcome {
        let series = sources.into_iter().map(|feed| Series::new(self, pair, feed).peekable()).collect();
        backtest(rule, pair, feeds, from, Merged(series))
    }

    /// Why the outcome is not to be used, where it is not.
    pub(super) fn failed(&self) -> Option<Problem> {
        if let Some(error) = self.failed.lock().take() {
            return Some(error.into());
        }
        let detail = format!("more than {MOST} rates lie in that time, take a shorter one or fewer pairs");
        (self.read.load(Ordering::Relaxed) > MOST).then(|| Problem::unprocessable(detail))
    }

    /// The next page; nothing at the end, and where it is no use to go on.
    fn page(&self, pair: Pair, source: &Source, after: Option<Timestamp>) -> Vec<RateRecord> {
        if self.stop.is_cancelled() || self.read.load(Ordering::Relaxed) > MOST || self.failed.lock().is_some() {
            return Vec::new();
        }
        let (from, to) = (Some(self.from), Some(self.to));
        let query =
            HistoryQuery { source: source.clone(), pair, from, to, order: Order::Ascending, after, limit: PAGE };
        match self.runtime.block_on(self.store.history(query)) {
            Ok(page) => {
                self.read.fetch_add(page.len() as u64, Ordering::Relaxed);
                page
            }
            Err(error) => {
                *self.failed.lock() = Some(error);
                Vec::new()
            }
        }
    }
}

/// The rates of one feed.
struct Series<'a> {
    reading: &'a Reading,
    pair: Pair,
    feed: Feed,
    page: std::vec::IntoIter<RateRecord>,
    after: Option<Timestamp>,
    is_over: bool,
}

impl<'a> Series<'a> {
    fn new(reading: &'a Reading, pair: Pair, feed: Feed) -> Self {
        Self { reading, pair, feed, page: Vec::new().into_iter(), after: None, is_over: false }
    }
}

impl Iterator for Series<'_> {
    type Item = KnownRate;

    fn next(&mut self) -> Option<KnownRate> {
        if self.page.len() == 0 && !self.is_over {
            let page = self.reading.page(self.pair, &self.feed.source, self.after);
            self.is_over = page.len() < PAGE as usize;
            self.after = page.last().map(|record| record.source_ts);
            self.page = page.into_iter();
        }
        self.page.next().map(|record| KnownRate::of(&record, self.feed.kind, self.feed.market))
    }
}

/// Those of several feeds, each at its log time.
struct Merged<'a>(Vec<Peekable<Series<'a>>>);

impl Iterator for Merged<'_> {
    type Item = (Timestamp, KnownRate);

    fn next(&mut self) -> Option<(Timestamp, KnownRate)> {
        let heads = self.0.iter_mut().enumerate().filter_map(|(at, series)| {
            let head = series.peek()?;
            Some((head.fetched_at, head.source_ts, at))
        });
        let (fetched_at, _, first) = heads.min()?;
        self.0[first].next().map(|rate| (fetched_at, rate))
    }
}
