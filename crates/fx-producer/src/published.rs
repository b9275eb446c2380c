//! What was published, to know what is new.

use std::collections::BTreeMap;

use fx_domain::batch::{Batch, Quote};
use fx_domain::clock::Timestamp;

/// As many source times are remembered: a provider's servers may differ by one update for a while, and answer in turns.
const KEPT: usize = 4;

/// The newest tables of a feed, by source time.
#[derive(Debug, Default)]
pub(crate) struct Published(BTreeMap<Timestamp, Vec<Quote>>);

impl Published {
    /// Whether `batch` says nothing that was not published. A table that its provider does not date is new only where a
    /// figure is.
    pub(crate) fn covers(&self, batch: &Batch, is_dated: bool) -> bool {
        let known = if is_dated { self.0.get(&batch.source_ts) } else { self.0.values().next_back() };
        known.is_some_and(|quotes| *quotes == batch.quotes)
    }

    /// Remembers `batch`.
    pub(crate) fn add(&mut self, batch: &Batch) {
        self.0.insert(batch.source_ts, batch.quotes.clone());
        while self.0.len() > KEPT {
            self.0.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use fx_domain::batch::Price;
    use fx_domain::currency::Currency;
    use fx_domain::feed::{FeedKind, Market};

    use super::*;

    fn batch(second: i64, mid: &str) -> Batch {
        let at = Timestamp::from_timestamp(second, 0).expect("a time");
        let quote = Quote { code: Currency::EUR, price: Price::Mid(mid.parse().expect("a figure")) };
        Batch {
            source: "a".parse().expect("a source"),
            kind: FeedKind::Table,
            market: Market::Spot,
            base: Currency::USD,
            source_ts: at,
            fetched_at: at,
            quotes: vec![quote],
            publishes: Vec::new(),
            status: None,
        }
    }

    #[test]
    fn a_dated_table_is_new_by_its_time_or_its_figures() {
        let mut published = Published::default();
        assert!(!published.covers(&batch(1, "0.9"), true));
        published.add(&batch(1, "0.9"));
        assert!(published.covers(&batch(1, "0.9"), true));
        assert!(!published.covers(&batch(1, "0.90"), true), "another figure as written");
        assert!(!published.covers(&batch(2, "0.9"), true));
        published.add(&batch(2, "0.9"));
        assert!(published.covers(&batch(1, "0.9"), true), "an older server answers in between");
    }

    #[test]
    fn an_undated_table_is_new_by_its_figures_alone() {
        let mut published = Published::default();
        published.add(&batch(1, "0.9"));
        assert!(published.covers(&batch(2, "0.9"), false));
        assert!(!published.covers(&batch(2, "0.8"), false));
    }

    #[test]
    fn it_forgets_what_is_long_past() {
        let mut published = Published::default();
        (1..=9).for_each(|second| published.add(&batch(second, "0.9")));
        assert_eq!(published.0.len(), KEPT);
        assert!(published.covers(&batch(9, "0.9"), true));
    }
}
