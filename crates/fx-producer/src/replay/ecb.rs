//! The ECB's history: one line a day, newest first, one column a currency, `N/A` where there was none.

use std::path::Path;

use chrono::NaiveDate;
use fx_domain::calendar::ecb_publication;
use fx_domain::currency::Currency;
use fx_domain::door::{Answer, RawPrice, RawQuote};

use super::error::RecordingError;
use super::file::{self, Content};
use super::lines::{Line, Lines};
use super::recording::{Entry, Recording};

/// Reads a history that stands in memory, packed.
pub(crate) fn read_gzip(path: &Path, packed: &'static [u8]) -> Result<Recording, RecordingError> {
    read(path, Box::new(file::gunzip(packed)))
}

/// Reads a whole history, since its end comes first, and gives its days oldest first. `path` is what errors name.
pub(super) fn read(path: &Path, content: Content) -> Result<Recording, RecordingError> {
    let mut lines = Lines::try_new(path, content)?;
    let codes: Vec<String> = lines.header().map(str::to_owned).collect();
    let mut days = Vec::new();
    while let Some(line) = lines.next()? {
        days.push((date_of(&line)?, line));
    }
    days.sort_by_key(|(date, _)| *date);
    if let Some(twice) = days.windows(2).find(|two| two[0].0 == two[1].0) {
        return Err(twice[1].1.place.malformed(format!("{} stands twice in the file", twice[1].0)));
    }
    Ok(Box::new(days.into_iter().map(move |(date, line)| Ok(entry_of(&codes, date, &line)))))
}

fn date_of(line: &Line) -> Result<NaiveDate, RecordingError> {
    let text = line.field(0);
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        line.place.malformed(format!("`{shown}` is no date, expected one such as 2026-10-30"))
    })
}

fn entry_of(codes: &[String], date: NaiveDate, line: &Line) -> Entry {
    let cells = codes.iter().zip(&line.fields).skip(1);
    let quotes = cells
        // The ECB ends each line with a comma: the last column is empty, and has no name.
        .filter(|(_, figure)| !matches!(*figure, "N/A" | ""))
        .map(|(code, figure)| RawQuote { code: code.clone(), price: RawPrice::Mid(figure.to_owned()) })
        .collect();
    let at = ecb_publication(date);
    Entry { answer: Answer { base: Currency::EUR, source_ts: at, fetched_at: at, quotes }, place: line.place.clone() }
}
