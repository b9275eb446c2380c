//! The two languages in which alerts are written.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use toml::Spanned;

use super::Found;

/// A mistake in the language, on that line.
type Unreadable = (usize, String);

/// These come first; the others follow by name.
const FIRST: [&str; 3] = ["name", "pairs", "condition"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonFile<'a> {
    #[serde(borrow)]
    alerts: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlFile {
    alerts: Vec<Spanned<toml::Table>>,
}

/// A list `alerts`, or one alert alone.
pub(super) fn of_json(text: &str) -> Result<Vec<Found>, Unreadable> {
    let unreadable = |error: serde_json::Error| (error.line(), format!("no readable JSON: {error}"));
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(unreadable)?;
    if !fields.contains_key("alerts") {
        return Ok(vec![Found { line: 1, pointer: String::new(), json: text.to_owned() }]);
    }
    let file: JsonFile<'_> = serde_json::from_str(text).map_err(unreadable)?;
    let found = |(place, alert): (usize, &&RawValue)| {
        // It is a part of the text.
        let before = alert.get().as_ptr().addr() - text.as_ptr().addr();
        Found { line: line_of(text, before), pointer: format!("/alerts/{place}"), json: alert.get().to_owned() }
    };
    Ok(file.alerts.iter().enumerate().map(found).collect())
}

/// Tables `[[alerts]]`, or one alert alone.
pub(super) fn of_toml(text: &str) -> Result<Vec<Found>, Unreadable> {
    let unreadable = |error: toml::de::Error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        (line, format!("no readable TOML: {}", error.message().replace('\n', ", ")))
    };
    let table: toml::Table = toml::from_str(text).map_err(unreadable)?;
    if !table.contains_key("alerts") {
        return Ok(vec![Found { line: 1, pointer: String::new(), json: to_json(table.into()).to_string() }]);
    }
    let file: TomlFile = toml::from_str(text).map_err(unreadable)?;
    let found = |(place, alert): (usize, Spanned<toml::Table>)| Found {
        line: line_of(text, alert.span().start),
        pointer: format!("/alerts/{place}"),
        json: to_json(alert.into_inner().into()).to_string(),
    };
    Ok(file.alerts.into_iter().enumerate().map(found).collect())
}

fn line_of(text: &str, byte: usize) -> usize {
    1 + text.as_bytes().iter().take(byte).filter(|byte| **byte == b'\n').count()
}

/// Times become texts, as JSON has them; so do figures that JSON has not, which no rule takes.
fn to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) if number.is_finite() => json!(number),
        toml::Value::Float(number) => json!(number.to_string()),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(time) => json!(time.to_string()),
        toml::Value::Array(items) => items.into_iter().map(to_json).collect(),
        toml::Value::Table(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, to_json(value))).collect())
        }
    }
}

/// The alerts as a file in JSON.
pub(crate) fn json(alerts: &[Value]) -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(&json!({"alerts": alerts}))?))
}

/// The alerts as a file in TOML: a line for each field.
pub(crate) fn toml(alerts: &[Value]) -> Result<String> {
    let table = |alert: &Value| {
        let mut fields: Vec<(&String, &Value)> = alert.as_object().into_iter().flatten().collect();
        fields.sort_by_key(|(name, _)| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
        let lines = fields.into_iter().map(|(name, value)| Ok(format!("{name} = {}\n", toml::Value::try_from(value)?)));
        Ok(format!("[[alerts]]\n{}", lines.collect::<Result<String>>()?))
    };
    Ok(alerts.iter().map(table).collect::<Result<Vec<_>>>()?.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same() {
        let alerts = [
            json!({"name": "a \"b\"", "pairs": ["EURUSD"], "condition": {"kind": "above", "threshold": 1.1}, "for": "10m",
                "note": "two\nlines", "expires_at": "2027-01-01T00:00:00Z", "once": true}),
            json!({"name": "c", "pairs": ["*"], "condition": {"kind": "divergence", "sources": ["ecb", "kraken"], "bp": 5.0}}),
        ];
        let written = toml(&alerts).expect("written");
        assert!(written.starts_with("[[alerts]]\nname = "), "{written}");
        let of = |found: Vec<Found>| found.iter().map(|it| serde_json::from_str(&it.json).expect("JSON")).collect();
        let read: Vec<Value> = of(of_toml(&written).expect("read"));
        assert_eq!(read, alerts);
        let read: Vec<Value> = of(of_json(&json(&alerts).expect("written")).expect("read"));
        assert_eq!(read, alerts);
    }

    #[test]
    fn an_alert_is_found_with_its_line() {
        let text = "# ours\n[[alerts]]\nname = \"a\"\n\n[[alerts]]\nname = \"b\"\nexpires_at = 2027-01-01T00:00:00Z\n";
        let found = of_toml(text).expect("read");
        let places: Vec<_> = found.iter().map(|it| (it.line, it.pointer.as_str())).collect();
        assert_eq!(places, [(2, "/alerts/0"), (5, "/alerts/1")]);
        assert_eq!(found[1].json, r#"{"expires_at":"2027-01-01T00:00:00Z","name":"b"}"#);
        let text = "{\"alerts\": [\n {\"name\": \"a\"},\n {\"name\": \"b\"}]}";
        let found = of_json(text).expect("read");
        assert_eq!((found[0].line, found[1].line, found[1].pointer.as_str()), (2, 3, "/alerts/1"));
    }

    #[test]
    fn what_is_no_such_file_is_said_with_its_line() {
        let (line, told) = of_toml("[[alerts]]\nname = a\n").expect_err("no TOML");
        assert!(line == 2 && told.starts_with("no readable TOML: "), "{line} {told}");
        let (_, told) = of_toml("rules = 1\n[[alerts]]\n").expect_err("unknown");
        assert!(told.contains("rules") && told.contains("alerts"), "{told}");
        let (line, told) = of_json("{\"alerts\": [\n1,\n]}").expect_err("no JSON");
        assert!(line == 3 && told.contains("line 3"), "{line} {told}");
    }
}
