//! Ticks: every quote of a pair, several in one millisecond.

use std::path::Path;

use fx_domain::clock::Timestamp;
use fx_domain::door::{Answer, RawPrice, RawQuote};
use fx_domain::pair::Pair;

use super::error::RecordingError;
use super::file;
use super::lines::{Line, Lines};
use super::recording::{Entry, Recording};
use crate::stamp::Stamper;

/// Opens a file of ticks, to be read as it goes.
pub(super) fn open(path: &Path, pair: Pair) -> Result<Recording, RecordingError> {
    let lines = Lines::try_new(path, file::open(path)?)?;
    Ok(Box::new(Ticks { lines, pair, stamper: Stamper::default(), recorded: None }))
}

struct Ticks {
    lines: Lines,
    pair: Pair,
    stamper: Stamper,
    /// The time of the line before.
    recorded: Option<Timestamp>,
}

impl Ticks {
    fn entry(&mut self, line: &Line) -> Result<Entry, RecordingError> {
        let recorded = line.time(0)?;
        if let Some(before) = self.recorded.replace(recorded)
            && recorded < before
        {
            return Err(line.place.malformed(format!("time {recorded} after {before}, expected none that is earlier")));
        }
        let at = self.stamper.stamp(recorded);
        let price = RawPrice::BidAsk(line.field(1).to_owned(), line.field(2).to_owned());
        let quotes = vec![RawQuote { code: self.pair.quote().code().to_owned(), price }];
        let answer = Answer { base: self.pair.base(), source_ts: at, fetched_at: at, quotes };
        Ok(Entry { answer, place: line.place.clone() })
    }
}

impl Iterator for Ticks {
    type Item = Result<Entry, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next().transpose()?;
        Some(line.and_then(|line| self.entry(&line)))
    }
}
