//! Minute bars: of each bar its close, which was the price at the end of its minute.

use std::cmp::Ordering;
use std::path::Path;

use chrono::TimeDelta;
use fx_domain::clock::Timestamp;
use fx_domain::door::{Answer, RawPrice, RawQuote};
use fx_domain::pair::Pair;

use super::error::RecordingError;
use super::file;
use super::lines::{Line, Lines};
use super::recording::{Entry, Recording};

const CLOSE: usize = 4;

/// Opens the bid side with the ask side beside it, or one side alone, which is taken for a mid.
pub(super) fn open(path: &Path, ask: Option<&Path>, pair: Pair) -> Result<Recording, RecordingError> {
    let first = Side::try_new(path)?;
    let Some(ask) = ask else { return Ok(Box::new(One { side: first, pair })) };
    Ok(Box::new(Two { bid: first, ask: Side::try_new(ask)?, pair, lonely: 0 }))
}

/// One file, with its next bar.
struct Side {
    lines: Lines,
    next: Option<(Timestamp, Line)>,
}

impl Side {
    fn try_new(path: &Path) -> Result<Self, RecordingError> {
        let mut side = Self { lines: Lines::try_new(path, file::open(path)?)?, next: None };
        side.take()?;
        Ok(side)
    }

    /// Takes the next bar; bars stand in the order of time, each minute once.
    fn take(&mut self) -> Result<Option<(Timestamp, Line)>, RecordingError> {
        let following = match self.lines.next()? {
            Some(line) => Some((line.time(0)?, line)),
            None => None,
        };
        if let (Some((before, _)), Some((at, line))) = (&self.next, &following)
            && at <= before
        {
            return Err(line.place.malformed(format!("time {at} after {before}, expected a later one")));
        }
        Ok(std::mem::replace(&mut self.next, following))
    }
}

struct One {
    side: Side,
    pair: Pair,
}

impl Iterator for One {
    type Item = Result<Entry, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let pair = self.pair;
        let bar = self.side.take().transpose()?;
        Some(bar.map(|(at, line)| entry(pair, at, &line, RawPrice::Mid(line.field(CLOSE).to_owned()))))
    }
}

struct Two {
    bid: Side,
    ask: Side,
    pair: Pair,
    /// Bars of one side only: a spread is never invented.
    lonely: u64,
}

impl Two {
    fn take(&mut self) -> Result<Option<Entry>, RecordingError> {
        loop {
            let (Some((bid_at, _)), Some((ask_at, _))) = (&self.bid.next, &self.ask.next) else {
                return self.end();
            };
            match bid_at.cmp(ask_at) {
                Ordering::Less => self.bid.take().map(drop)?,
                Ordering::Greater => self.ask.take().map(drop)?,
                Ordering::Equal => {
                    let Some(((at, bid), (_, ask))) = self.bid.take()?.zip(self.ask.take()?) else { return Ok(None) };
                    let price = RawPrice::BidAsk(bid.field(CLOSE).to_owned(), ask.field(CLOSE).to_owned());
                    return Ok(Some(entry(self.pair, at, &bid, price)));
                }
            }
            self.lonely += 1;
        }
    }

    fn end(&mut self) -> Result<Option<Entry>, RecordingError> {
        while self.bid.take()?.is_some() || self.ask.take()?.is_some() {
            self.lonely += 1;
        }
        if self.lonely > 0 {
            tracing::warn!(bars = self.lonely, "bars of one side only were left out");
            self.lonely = 0;
        }
        Ok(None)
    }
}

impl Iterator for Two {
    type Item = Result<Entry, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take().transpose()
    }
}

fn entry(pair: Pair, opened: Timestamp, line: &Line, price: RawPrice) -> Entry {
    let at = opened + TimeDelta::seconds(60);
    let quotes = vec![RawQuote { code: pair.quote().code().to_owned(), price }];
    Entry { answer: Answer { base: pair.base(), source_ts: at, fetched_at: at, quotes }, place: line.place.clone() }
}
