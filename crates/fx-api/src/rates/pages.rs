//! A history read page by page.

use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::rate::RateRecord;
use fx_store::rates::{HistoryQuery, RateStore};

use crate::problem::{Problem, shown};

/// Where a history goes on: after a rate of one feed. Opaque to those who pass it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) source: Source,
    pub(crate) after: Timestamp,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:x}", self.source, self.after.timestamp_micros())
    }
}

impl std::str::FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let read = || {
            let (source, micros) = text.rsplit_once('.')?;
            let after = Timestamp::from_timestamp_micros(i64::from_str_radix(micros, 16).ok()?)?;
            Some(Self { source: source.parse().ok()?, after })
        };
        read().ok_or_else(|| {
            let detail = format!("query parameter `cursor`: `{}` is no cursor, expected a next_cursor", shown(text));
            Problem::bad_request(detail)
        })
    }
}

/// Reads one page, and whether there are more.
pub(crate) async fn read_page(store: &dyn RateStore, query: &HistoryQuery) -> Result<(Vec<RateRecord>, bool), Problem> {
    let mut records = store.history(HistoryQuery { limit: query.limit.saturating_add(1), ..query.clone() }).await?;
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let has_more = records.len() > wanted;
    records.truncate(wanted);
    Ok((records, has_more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let after = "2026-10-30T15:00:00.000001Z".parse().expect("a time");
        let cursor = Cursor { source: "open-er-api".parse().expect("a source"), after };
        assert_eq!(cursor.to_string().parse::<Cursor>().expect("a cursor"), cursor);
        for wrong in ["", "ecb", "ecb.", "ecb.xyz", "E CB.1", ".1"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
