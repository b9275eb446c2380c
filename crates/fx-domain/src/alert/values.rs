//! The values of a rule's fields, read from their JSON text. An error says what was wrong, with the value, and what would be
//! right.

use std::ops::RangeInclusive;

use chrono::TimeDelta;

use super::rule::Severity;
use super::span;
use crate::clock::{Timestamp, to_micros};
use crate::currency::shown;
use crate::figure::Figure;
use crate::pair::{Pair, PairError};

pub(super) fn text(json: &str) -> Result<String, String> {
    serde_json::from_str(json).map_err(|_| format!("`{}` is no string", shown(json)))
}

pub(super) fn flag(json: &str) -> Result<bool, String> {
    serde_json::from_str(json).map_err(|_| format!("`{}` is neither true nor false", shown(json)))
}

pub(super) fn pair(json: &str) -> Result<Pair, String> {
    text(json)?.parse().map_err(|error: PairError| error.to_string())
}

pub(super) fn severity(json: &str) -> Result<Severity, String> {
    let severity = Severity::ALL.into_iter().find(|severity| json == format!("\"{}\"", severity.name()));
    severity.ok_or_else(|| format!("`{}` is no severity, expected info, warning or critical", shown(json)))
}

/// Read from the text, so that `1e400` is named and not lost.
pub(super) fn positive(json: &str) -> Result<f64, String> {
    if let Ok(text) = text(json) {
        return Err(format!("`{}` is a string, expected a number above 0 such as 1.1", shown(&text)));
    }
    let value = json.parse::<Figure>().map_err(|error| error.to_string())?.value();
    if value > 0.0 { Ok(value) } else { Err(format!("`{}` is no rate, expected a number above 0", shown(json))) }
}

/// A figure that an episode closes at.
pub(super) fn not_negative(json: &str) -> Result<f64, String> {
    if json.parse::<f64>() == Ok(0.0) { Ok(0.0) } else { positive(json) }
}

pub(super) fn whole(json: &str, range: RangeInclusive<u32>) -> Result<u32, String> {
    let count = json.parse().ok().filter(|count| range.contains(count));
    count.ok_or_else(|| {
        format!("`{}` is no number of updates, expected {} to {}", shown(json), range.start(), range.end())
    })
}

/// One of the `names`.
pub(super) fn named<T: Copy>(json: &str, what: &str, names: &[(&str, T)]) -> Result<T, String> {
    let list = || names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let name = text(json).map_err(|_| format!("`{}` is no {what}, expected one of {}", shown(json), list()))?;
    let found = names.iter().find(|(have, _)| *have == name);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| format!("unknown {what} `{}`, expected one of {}", shown(&name), list()))
}

pub(super) fn moment(json: &str) -> Result<Timestamp, String> {
    let text = text(json)?;
    let moment = text.parse::<Timestamp>().map(to_micros);
    moment.map_err(|_| format!("`{}` is no time, expected one such as 2026-12-31T17:00:00Z", shown(&text)))
}

pub(super) fn duration(json: &str) -> Result<TimeDelta, String> {
    let text =
        text(json).map_err(|error| format!("{error}, expected a duration such as \"90s\", \"10m\" or \"1d\""))?;
    span::parse(&text)
}

pub(super) fn bounded(json: &str, longest: usize) -> Result<String, String> {
    let text = text(json)?;
    match text.chars().count() {
        length if length > longest => Err(format!("{length} characters are too many, expected at most {longest}")),
        // PostgreSQL keeps no text with it.
        _ if text.contains('\0') => Err("the character U+0000 stands in it, leave that out".to_owned()),
        _ if text.trim().is_empty() => Err("it is empty, leave it out or write something".to_owned()),
        _ => Ok(text),
    }
}
