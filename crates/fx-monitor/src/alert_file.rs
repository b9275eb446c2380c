//! Alerts as they stand in a file, in TOML or JSON, so that they can live in version control.

mod language;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use fx_domain::alert::{Rule, RuleError};
use serde_json::Value;

use crate::output::Mistakes;
pub(crate) use language::{json, toml};

/// An alert as it was found.
#[derive(Debug, PartialEq)]
struct Found {
    /// The line on which it begins.
    line: usize,
    /// What stands before the pointers to its fields.
    pointer: String,
    /// As the API takes it.
    json: String,
}

/// What a file holds, or standard input where it is `-`.
pub(crate) fn bytes(file: &Path) -> Result<Vec<u8>> {
    if file.as_os_str() != "-" {
        return std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()));
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("standard input cannot be read")?;
    Ok(bytes)
}

/// The one alert of a file.
///
/// # Errors
/// Every mistake in it, each with its place.
pub(crate) fn one(file: &Path) -> Result<Rule> {
    let mut rules = rules(file, &found(file)?)?;
    match (rules.pop(), rules.len()) {
        (Some(rule), 0) => Ok(rule),
        (_, others) => {
            let count = if others == 0 { 0 } else { others + 1 };
            Err(anyhow!("{} has {count} alerts, expected one", file.display()))
        }
    }
}

/// The alerts of a file, each of which has a name of its own.
///
/// # Errors
/// Every mistake in it, each with its place.
pub(crate) fn named(file: &Path) -> Result<Vec<Rule>> {
    let found = found(file)?;
    let (rules, mut mistakes) = match rules(file, &found) {
        Ok(rules) => (rules, Vec::new()),
        Err(Mistakes(mistakes)) => (Vec::new(), mistakes),
    };
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for alert in &found {
        let name =
            serde_json::from_str::<Value>(&alert.json).ok().and_then(|it| it["name"].as_str().map(str::to_owned));
        let detail = match name {
            None => "is missing; an alert is known again by its name".to_owned(),
            Some(name) => match seen.insert(name.clone(), &alert.pointer) {
                None => continue,
                Some(first) => format!("`{name}` is the name of {first} already, expected another"),
            },
        };
        mistakes.push(alert.mistake(file, "/name", &detail));
    }
    if mistakes.is_empty() { Ok(rules) } else { Err(Mistakes(mistakes).into()) }
}

fn rules(file: &Path, found: &[Found]) -> Result<Vec<Rule>, Mistakes> {
    let (mut rules, mut mistakes) = (Vec::new(), Vec::new());
    for alert in found {
        match Rule::from_json(alert.json.as_bytes()) {
            Ok(rule) => rules.push(rule),
            Err(RuleError::Unreadable(detail)) => mistakes.push(alert.mistake(file, "", &detail)),
            Err(RuleError::Invalid(problems)) => {
                mistakes.extend(problems.iter().map(|it| alert.mistake(file, &it.pointer, &it.detail)));
            }
        }
    }
    if mistakes.is_empty() { Ok(rules) } else { Err(Mistakes(mistakes)) }
}

impl Found {
    fn mistake(&self, file: &Path, pointer: &str, detail: &str) -> String {
        let Self { line, pointer: before, .. } = self;
        let place = if before.is_empty() && pointer.is_empty() { "the alert" } else { "" };
        format!("{}:{line}: {before}{pointer}{place} {detail}", file.display())
    }
}

fn found(file: &Path) -> Result<Vec<Found>> {
    let bytes = bytes(file)?;
    let text = str::from_utf8(&bytes).map_err(|error| anyhow!("{} is no UTF-8: {error}", file.display()))?;
    let is_json = text.trim_start().starts_with('{');
    let found = if is_json { language::of_json(text) } else { language::of_toml(text) };
    found.map_err(|(line, detail)| anyhow!("{}:{line}: {detail}", file.display()))
}

/// The rule of an alert as the service shows it, without what the service adds.
pub(crate) fn rule_of(alert: &Value) -> Result<Rule> {
    let known = serde_json::to_value(plain()?)?;
    let mut alert = alert.clone();
    if let (Value::Object(fields), Value::Object(known)) = (&mut alert, &known) {
        fields.retain(|field, _| known.contains_key(field));
    }
    Rule::from_json(&serde_json::to_vec(&alert)?)
        .with_context(|| format!("the alert {} is not one that this version knows", alert["name"]))
}

/// A rule in which nothing is said that can be left out.
fn plain() -> Result<Rule, RuleError> {
    Rule::from_json(br#"{"pair":"EURUSD","condition":{"kind":"above","threshold":1}}"#)
}

/// The fields of a rule that must be written, since they are not what a rule has anyway.
pub(crate) fn written(rule: &Rule) -> Result<Value> {
    const ALWAYS: [&str; 3] = ["name", "pairs", "condition"];
    let plain = serde_json::to_value(plain()?)?;
    let mut fields = serde_json::to_value(rule)?;
    if let Value::Object(fields) = &mut fields {
        fields.retain(|field, value| ALWAYS.contains(&field.as_str()) || *value != plain[field]);
    }
    Ok(fields)
}
