//! From tickers to batches of one quote.

use std::collections::HashMap;

use fx_domain::batch::Batch;
use fx_domain::clock::Timestamp;
use fx_domain::door::{Answer, RawPrice, RawQuote};
use fx_domain::pair::Pair;

use super::message::{Ticker, symbol_of};
use crate::feed::Feed;
use crate::metrics;
use crate::stamp::Stamper;

/// The subscribed symbols, with what each said last.
pub(super) struct Quotes {
    symbols: HashMap<String, (Pair, Option<Ticker>)>,
    stamper: Stamper,
}

impl Quotes {
    /// Quotes of `symbols`, stamped later than `newest`.
    pub(super) fn new(symbols: &[Pair], newest: Option<Timestamp>) -> Self {
        let symbols = symbols.iter().map(|&pair| (symbol_of(pair), (pair, None))).collect();
        Self { symbols, stamper: Stamper::after(newest) }
    }

    /// The batch that a ticker makes; `None` where it says nothing new, or what the door refuses.
    pub(super) fn batch_of(&mut self, feed: &mut Feed, ticker: Ticker) -> Option<Batch> {
        let Some((pair, last)) = self.symbols.get_mut(&ticker.symbol) else {
            metrics::untracked(&feed.plan.name, 1);
            return None;
        };
        // After a reconnect the snapshot repeats what is known.
        if ticker.timestamp.is_some() && last.as_ref() == Some(&ticker) {
            return None;
        }
        let answer = answer_of(*pair, &ticker, feed.clock.now());
        *last = Some(ticker);
        let mut batch = match feed.admit(&answer) {
            Ok(batch) => batch,
            Err(refusal) => {
                feed.count_refusal(refusal.reason.label());
                return None;
            }
        };
        if batch.quotes.is_empty() {
            return None;
        }
        batch.source_ts = self.stamper.stamp(batch.source_ts);
        Some(batch)
    }
}

fn answer_of(pair: Pair, ticker: &Ticker, fetched_at: Timestamp) -> Answer {
    let price = RawPrice::BidAsk(ticker.bid.clone(), ticker.ask.clone());
    Answer {
        base: pair.base(),
        source_ts: ticker.timestamp.unwrap_or(fetched_at),
        fetched_at,
        quotes: vec![RawQuote { code: pair.quote().code().to_owned(), price }],
    }
}
