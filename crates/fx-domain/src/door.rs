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

/// A provider's table has at least about so many currencies, until its own answers say more.
const SMALL_TABLE: usize = 8;

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
        // Of the tracked currencies one may be the table's base; and however many are tracked, a provider may be a small
        // one: the ECB has some thirty.
        let usual = tracked.len().saturating_sub(1).min(SMALL_TABLE);
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
            publishes: Vec::new(),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODES: [&str; 9] = ["USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "CNY", "INR"];

    fn now() -> Timestamp {
        "2026-11-02T10:00:00Z".parse().expect("a time")
    }

    fn door(kind: FeedKind, tracked: impl IntoIterator<Item = Currency>) -> Door {
        Door::new("a".parse().expect("a source"), kind, Market::Spot, tracked.into_iter().collect())
    }

    fn table_door() -> Door {
        door(FeedKind::Table, CODES.map(|code| code.parse().expect("known")))
    }

    fn mid(code: &str, mid: &str) -> RawQuote {
        RawQuote { code: code.to_owned(), price: RawPrice::Mid(mid.to_owned()) }
    }

    fn answer(quotes: Vec<RawQuote>) -> Answer {
        Answer { base: Currency::USD, source_ts: now(), fetched_at: now(), quotes }
    }

    /// All tracked currencies at 1.5, the base at 1.
    fn table() -> Answer {
        answer(CODES.iter().map(|&code| mid(code, if code == "USD" { "1" } else { "1.5" })).collect())
    }

    fn with(quote: RawQuote) -> Answer {
        let mut answer = table();
        answer.quotes.retain(|have| have.code != quote.code);
        answer.quotes.push(quote);
        answer
    }

    fn reasons(admitted: &Admitted) -> Vec<Reason> {
        admitted.refusals.iter().map(|refusal| refusal.reason).collect()
    }

    #[test]
    fn a_good_table_comes_in_without_its_base_and_what_nobody_tracks() {
        let admitted = table_door().admit(&with(mid("SEK", "10.5")), now()).expect("good");
        assert_eq!((admitted.batch.quotes.len(), admitted.untracked, admitted.refusals.len()), (8, 1, 0));
        assert!(admitted.batch.quotes.iter().all(|quote| quote.code != Currency::USD));
    }

    #[test]
    fn a_bad_rate_is_refused_alone_with_its_reason_and_its_value() {
        let cases = [
            ("GBP", "x1", Reason::NotANumber),
            ("GBP", "\"0.77\"", Reason::NotANumber),
            ("GBP", "null", Reason::NotANumber),
            ("GBP", "1e400", Reason::NotFinite),
            ("GBP", "0", Reason::NotPositive),
            ("GBP", "-0.7731", Reason::NotPositive),
            ("BTC", "0.00025", Reason::UnknownCode),
        ];
        for (code, figure, reason) in cases {
            let admitted = table_door().admit(&with(mid(code, figure)), now()).expect("the others are good");
            assert_eq!(reasons(&admitted), [reason], "{code} {figure}");
            let detail = &admitted.refusals[0].detail;
            assert!(detail.contains(if reason == Reason::UnknownCode { code } else { figure }), "{detail}");
            assert!(admitted.batch.quotes.len() >= 7);
        }
    }

    #[test]
    fn a_bid_above_its_ask_is_refused_and_an_equal_one_is_not() {
        let mut door = door(FeedKind::Stream, [Currency::EUR, Currency::USD]);
        let mut admit = |bid: &str, ask: &str| {
            let price = RawPrice::BidAsk(bid.to_owned(), ask.to_owned());
            door.admit(&answer(vec![RawQuote { code: "EUR".to_owned(), price }]), now()).expect("one quote")
        };
        assert_eq!(reasons(&admit("0.93", "0.92")), [Reason::BidAboveAsk]);
        assert_eq!(admit("0.92", "0.92").batch.quotes.len(), 1);
        assert_eq!(reasons(&admit("-0.92", "0.92")), [Reason::NotPositive]);
    }

    #[test]
    fn a_base_that_is_not_one_refuses_the_whole_table() {
        let refusal = table_door().admit(&with(mid("USD", "2")), now()).expect_err("two dollars a dollar");
        assert_eq!(refusal.reason, Reason::BaseNotOne);
        assert_eq!(refusal.to_string(), "base USD priced at 2 of itself, expected 1");
        assert!(table_door().admit(&with(mid("USD", "1.000")), now()).is_ok());
    }

    #[test]
    fn a_source_time_far_ahead_refuses_the_whole_answer() {
        let at = |hours| Answer { source_ts: now() + TimeDelta::hours(hours), ..table() };
        assert!(table_door().admit(&at(48), now()).is_ok());
        let refusal = table_door().admit(&at(49), now()).expect_err("the future");
        assert_eq!(refusal.reason, Reason::Future);
        assert!(refusal.to_string().contains("2026-11-04 11:00:00 UTC"), "{refusal}");
    }

    #[test]
    fn a_shrunken_table_is_refused_also_as_the_first() {
        let three = || answer(vec![mid("EUR", "0.9"), mid("GBP", "0.77"), mid("JPY", "147")]);
        assert_eq!(table_door().admit(&three(), now()).expect_err("three").reason, Reason::ShrunkenTable);
        let stream = door(FeedKind::Stream, [Currency::EUR]).admit(&three(), now());
        assert_eq!(stream.expect("a stream has no table").batch.quotes.len(), 1);
    }

    #[test]
    fn what_is_usual_is_learnt_from_the_feed() {
        let everything = || Currency::all().map(|currency| mid(currency.code(), "1"));
        let mut door = door(FeedKind::Table, Currency::all());
        let small = answer(everything().take(20).collect());
        assert!(door.admit(&small, now()).is_ok(), "a small provider, however many are tracked");
        assert!(door.admit(&answer(everything().collect()), now()).is_ok());
        let refusal = door.admit(&small, now()).expect_err("it had them all before");
        assert_eq!(refusal.reason, Reason::ShrunkenTable);
    }

    #[test]
    fn labels_differ() {
        let all = [
            Reason::NotANumber,
            Reason::NotFinite,
            Reason::NotPositive,
            Reason::UnknownCode,
            Reason::BidAboveAsk,
            Reason::BaseNotOne,
            Reason::Future,
            Reason::ShrunkenTable,
            Reason::Unreadable,
        ];
        let labels: std::collections::BTreeSet<_> = all.iter().map(|reason| reason.label()).collect();
        assert_eq!(labels.len(), all.len());
    }

    proptest! {
        #[test]
        fn what_comes_in_is_as_written_and_above_zero(
            texts in proptest::collection::vec("-?[0-9]{1,6}(\\.[0-9]{1,8})?|[a-z0-9.+-]{0,8}", 8),
        ) {
            let quotes: Vec<_> = CODES[1..].iter().zip(&texts).map(|(code, text)| mid(code, text)).collect();
            let mut door = door(FeedKind::Stream, CODES.map(|code| code.parse().expect("known")));
            let admitted = door.admit(&answer(quotes), now()).expect("a stream's quotes stand alone");
            prop_assert_eq!(admitted.batch.quotes.len() + admitted.refusals.len(), 8);
            for quote in &admitted.batch.quotes {
                let at = CODES.iter().position(|&code| code == quote.code.code()).expect("one of them") - 1;
                let Price::Mid(figure) = &quote.price else { panic!("a mid became something else") };
                prop_assert_eq!(&figure.to_string(), &texts[at]);
                prop_assert!(figure.value() > 0.0);
            }
        }

        #[test]
        fn no_answer_is_too_odd_to_judge(
            quotes in proptest::collection::vec((".{0,5}|[A-Z]{3}", ".{0,30}", ".{0,30}"), 0..20),
            table in proptest::bool::ANY,
        ) {
            let kind = if table { FeedKind::Table } else { FeedKind::Stream };
            let quotes = quotes.into_iter().map(|(code, bid, ask)| RawQuote { code, price: RawPrice::BidAsk(bid, ask) });
            let _ = door(kind, [Currency::EUR]).admit(&answer(quotes.collect()), now());
        }
    }
}
