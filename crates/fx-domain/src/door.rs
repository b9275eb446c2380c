//! The door: what an answer must be like to enter the log.
//!
//! What is most likely a mistake but could be true is let in and judged later, by the enricher; refused is only what can
//! be no rate.

use std::fmt;

use chrono::TimeDelta;

use crate::batch::{Batch, Price, Quote};
use crate::clock::Timestamp;
use crate::currency::{Currency, shown};
use crate::feed::{FeedKind, Market, Source};
use crate::figure::{Figure, FigureError};

/// What a provider answered, its figures as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The currency whose price the quotes are.
    pub base: Currency,
    /// The provider's own time.
    pub source_ts: Timestamp,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// The prices.
    pub quotes: Vec<RawQuote>,
}

/// A price as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawQuote {
    /// The quote currency's code.
    pub code: String,
    /// The figures.
    pub price: RawPrice,
}

/// One figure or two, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawPrice {
    /// A mid.
    Mid(String),
    /// Bid and ask.
    BidAsk(String, String),
}

/// Why a quote or a whole answer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The figure is no decimal number.
    NotANumber,
    /// The figure is beyond what a number holds.
    NotFinite,
    /// Zero or less.
    NotPositive,
    /// The code is no currency.
    UnknownCode,
    /// Bid above ask.
    BidAboveAsk,
    /// The table prices its own base at something other than 1. The whole table is refused.
    BaseNotOne,
    /// The source time is more than 48 h ahead. The whole answer is refused.
    Future,
    /// Fewer than half of the usual currencies. The whole table is refused.
    ShrunkenTable,
    /// The answer is not of the provider's shape.
    Unreadable,
}

impl Reason {
    /// The label under which it is counted.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotANumber => "not_a_number",
            Self::NotFinite => "not_finite",
            Self::NotPositive => "not_positive",
            Self::UnknownCode => "unknown_code",
            Self::BidAboveAsk => "bid_above_ask",
            Self::BaseNotOne => "base_not_one",
            Self::Future => "future",
            Self::ShrunkenTable => "shrunken_table",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A refusal, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// Under what it is counted.
    pub reason: Reason,
    /// What was wrong, with the value, and what would be right.
    pub detail: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// What came through the door, and what did not.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted {
    /// The good quotes of tracked currencies.
    pub batch: Batch,
    /// The refused ones.
    pub refusals: Vec<Refusal>,
    /// How many good quotes were left out because nobody tracks their currency.
    pub untracked: usize,
}

/// The door of one feed.
#[derive(Clone, Debug)]
pub struct Door {
    source: Source,
    kind: FeedKind,
    market: Market,
    tracked: Vec<Currency>,
    usual: usize,
}

impl Door {
    /// A door that lets `tracked` currencies through.
    pub fn new(source: Source, kind: FeedKind, market: Market, tracked: Vec<Currency>) -> Self {
        // Of the tracked currencies one may be the table's base.
        let usual = tracked.len().saturating_sub(1);
        Self { source, kind, market, tracked, usual }
    }

    /// Parses and judges an answer. An error refuses the whole of it.
    pub fn admit(&mut self, answer: &Answer, now: Timestamp) -> Result<Admitted, Refusal> {
        check_time(answer, now)?;
        let (mut quotes, mut refusals) = (Vec::with_capacity(answer.quotes.len()), Vec::new());
        for raw in &answer.quotes {
            match read(raw) {
                Ok(quote) if quote.code == answer.base => check_base(&quote)?,
                Ok(quote) => quotes.push(quote),
                Err(refusal) => refusals.push(refusal),
            }
        }
        self.check_size(quotes.len())?;
        let good = quotes.len();
        quotes.retain(|quote| self.tracked.contains(&quote.code));
        let batch = Batch {
            source: self.source.clone(),
            kind: self.kind,
            market: self.market,
            base: answer.base,
            source_ts: answer.source_ts,
            fetched_at: answer.fetched_at,
            quotes,
            status: None,
        };
        Ok(Admitted { untracked: good - batch.quotes.len(), batch, refusals })
    }

    fn check_size(&mut self, have: usize) -> Result<(), Refusal> {
        if self.kind == FeedKind::Stream {
            return Ok(());
        }
        if have * 2 < self.usual {
            let detail = format!("table of {have} currencies, expected at least half of the usual {}", self.usual);
            return Err(Refusal { reason: Reason::ShrunkenTable, detail });
        }
        self.usual = self.usual.max(have);
        Ok(())
    }
}

fn check_time(answer: &Answer, now: Timestamp) -> Result<(), Refusal> {
    const FURTHEST: TimeDelta = TimeDelta::hours(48);
    if answer.source_ts <= now + FURTHEST {
        return Ok(());
    }
    let detail = format!("source time {} is more than 48 h ahead, expected about {now}", answer.source_ts);
    Err(Refusal { reason: Reason::Future, detail })
}

fn check_base(quote: &Quote) -> Result<(), Refusal> {
    #[expect(clippy::float_cmp, reason = "a base costs exactly one of itself")]
    if quote.price.mid() == 1.0 {
        return Ok(());
    }
    let detail = format!("base {} priced at {} of itself, expected 1", quote.code, quote.price.mid());
    Err(Refusal { reason: Reason::BaseNotOne, detail })
}

fn read(raw: &RawQuote) -> Result<Quote, Refusal> {
    let code: Currency =
        raw.code.parse().map_err(|unknown| Refusal { reason: Reason::UnknownCode, detail: format!("{unknown}") })?;
    let figure = |text: &str| read_figure(code, text);
    let price = match &raw.price {
        RawPrice::Mid(mid) => Price::Mid(figure(mid)?),
        RawPrice::BidAsk(bid, ask) => Price::BidAsk { bid: figure(bid)?, ask: figure(ask)? },
    };
    match &price {
        Price::BidAsk { bid, ask } if bid.value() > ask.value() => {
            let detail = format!("{code}: bid {bid} above ask {ask}, expected the bid to be the lower");
            Err(Refusal { reason: Reason::BidAboveAsk, detail })
        }
        _ => Ok(Quote { code, price }),
    }
}

fn read_figure(code: Currency, text: &str) -> Result<Figure, Refusal> {
    let figure: Figure = text.parse().map_err(|error: FigureError| {
        let reason = match error {
            FigureError::NotFinite(_) => Reason::NotFinite,
            FigureError::NotANumber(_) | FigureError::TooLong(_) => Reason::NotANumber,
        };
        Refusal { reason, detail: format!("{code}: {error}") }
    })?;
    if figure.value() > 0.0 {
        return Ok(figure);
    }
    let detail = format!("{code}: rate `{}` is not above zero", shown(text));
    Err(Refusal { reason: Reason::NotPositive, detail })
}
