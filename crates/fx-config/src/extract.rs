//! Reading typed sections from untyped values without stopping at the first mistake.
//!
//! serde gives up at the first error. Here the value that is wrong is noted, taken out, and the section read again, until
//! what is left is right: so that every mistake is found at once.

use figment::error::{Actual, Kind};
use figment::value::{Dict, Value};
use serde::de::DeserializeOwned;

use crate::error::Finding;
use crate::nearest::suggestion;

/// Reads `values` as a `T`, noting each key that is wrong under `prefix` and leaving it out.
pub(crate) fn extract<T: DeserializeOwned + Default>(mut values: Dict, prefix: &str, findings: &mut Vec<Finding>) -> T {
    loop {
        let error = match T::deserialize(&Value::from(values.clone())) {
            Ok(read) => return read,
            Err(error) => error,
        };
        let Some(wrong) = take(&mut values, &error.path) else {
            findings.push(Finding::missing(prefix, error.kind.to_string()));
            return T::default();
        };
        findings.push(finding(prefix, &error, &wrong));
    }
}

/// Takes the value at `path` out, from a table by its key, from a list by its place.
fn take(values: &mut Dict, path: &[String]) -> Option<Value> {
    match path {
        [] => None,
        [key] => values.remove(key),
        [key, rest @ ..] => take_from(values.get_mut(key)?, rest),
    }
}

fn take_from(value: &mut Value, path: &[String]) -> Option<Value> {
    match (value, path) {
        (Value::Dict(_, table), path) => take(table, path),
        (Value::Array(_, list), [place]) => {
            let place = place.parse().ok().filter(|place| *place < list.len())?;
            Some(list.remove(place))
        }
        _ => None,
    }
}

fn finding(prefix: &str, error: &figment::Error, wrong: &Value) -> Finding {
    let in_list = error.path.last().is_some_and(|last| last.parse::<usize>().is_ok());
    let named = &error.path[..error.path.len() - usize::from(in_list)];
    let key = join(prefix, &named.join("."));
    match &error.kind {
        Kind::UnknownField(name, known) => {
            Finding::missing(key, format!("unknown key {name}; {}", suggestion(name, known)))
        }
        kind => Finding::of(key, &shown(wrong), problem(kind)),
    }
}

fn problem(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.clone(),
        Kind::UnknownVariant(name, known) => format!("is not known; {}", suggestion(name, known)),
        Kind::InvalidType(actual, expected) => format!("is {}, must be {}", named(actual), words(expected)),
        Kind::InvalidValue(_, expected) => format!("is out of range, must be {}", words(expected)),
        other => other.to_string(),
    }
}

fn named(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) => "a number without quotes",
        Actual::Float(_) => "a number with decimals",
        Actual::Str(_) | Actual::Char(_) => "a text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "of the wrong type",
    }
}

/// serde names Rust's types; people write TOML.
fn words(expected: &str) -> &str {
    match expected {
        "u64" | "usize" | "u32" | "u16" => "a whole number, not negative",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a sequence" => "a list in brackets",
        expected if expected.starts_with("struct ") => "a table",
        expected => expected,
    }
}

pub(crate) fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// A value as it would be typed, cut where it is long.
pub(crate) fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, letter) => format!("{:?}", letter.to_string()),
        Value::Bool(_, truth) => truth.to_string(),
        Value::Num(_, number) => digits(&number.to_actual()),
        Value::Empty(..) => "nothing".to_owned(),
        Value::Dict(..) => "a table".to_owned(),
        Value::Array(_, items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}

fn digits(number: &Actual) -> String {
    match number {
        Actual::Unsigned(number) => number.to_string(),
        Actual::Signed(number) => number.to_string(),
        Actual::Float(number) => number.to_string(),
        other => other.to_string(),
    }
}
