//! Reading a JSON object field by field, collecting every mistake with its JSON pointer.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::currency::shown;

/// No rule has so many; more are not looked at one by one.
const MOST_FIELDS: usize = 64;

/// One mistake in a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it stands: an RFC 6901 JSON pointer, empty for the whole body.
    pub pointer: String,
    /// What was wrong, with the value, and what would be right.
    pub detail: String,
}

/// Why a body is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is no JSON object.
    #[error("{0}")]
    Unreadable(String),
    /// It is one, with these mistakes in it.
    #[error("{}", list(.0))]
    Invalid(Vec<Problem>),
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(|Problem { pointer, detail }| format!("{pointer}: {detail}")).collect();
    lines.join("; ")
}

/// An object whose fields are taken one by one; what is left over is unknown.
pub(super) struct Fields<'a> {
    pointer: String,
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
    problems: Vec<Problem>,
}

impl<'a> Fields<'a> {
    pub(super) fn of_body(body: &'a [u8]) -> Result<Self, RuleError> {
        let text =
            str::from_utf8(body).map_err(|error| RuleError::Unreadable(format!("the body is no UTF-8: {error}")))?;
        Self::read(text, String::new()).map_err(|error| RuleError::Unreadable(unreadable(text, &error)))
    }

    /// An object inside another.
    pub(super) fn of_value(value: &'a RawValue, pointer: String) -> Result<Self, String> {
        Self::read(value.get(), pointer).map_err(|_| format!("`{}` is no object", shown(value.get())))
    }

    fn read(text: &'a str, pointer: String) -> Result<Self, serde_json::Error> {
        let Entries(mut entries) = serde_json::from_str(text)?;
        let many = entries.len();
        entries.truncate(MOST_FIELDS);
        let mut object = Self { pointer, entries: Vec::with_capacity(entries.len()), problems: Vec::new() };
        if many > MOST_FIELDS {
            let detail = format!("{many} fields are too many, expected at most {MOST_FIELDS}");
            object.problems.push(Problem { pointer: object.pointer.clone(), detail });
        }
        for (key, value) in entries {
            if object.entries.iter().any(|(have, _)| *have == key) {
                object.refuse(&key, format!("`{}` stands twice", shown(&key)));
            } else {
                object.entries.push((key, value));
            }
        }
        Ok(object)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(have, value)| have == key && value.get() != "null")
    }

    /// The field's JSON; `None` where it is missing or null.
    pub(super) fn take(&mut self, key: &str) -> Option<&'a RawValue> {
        let at = self.entries.iter().position(|(have, _)| have == key)?;
        let (_, value) = self.entries.swap_remove(at);
        (value.get() != "null").then_some(value)
    }

    /// The field read by `parse`, whose error becomes a problem at the field.
    pub(super) fn read_as<T>(&mut self, key: &str, parse: impl FnOnce(&'a str) -> Result<T, String>) -> Option<T> {
        let value = self.take(key)?;
        parse(value.get()).map_err(|detail| self.refuse(key, detail)).ok()
    }

    pub(super) fn refuse(&mut self, key: &str, detail: String) {
        let key = shown(key).replace('~', "~0").replace('/', "~1");
        self.problems.push(Problem { pointer: format!("{}/{key}", self.pointer), detail });
    }

    /// What another reader found.
    pub(super) fn adopt(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    pub(super) fn pointer_to(&self, key: &str) -> String {
        format!("{}/{key}", self.pointer)
    }

    /// The problems so far, where the fields that nobody took cannot be judged.
    pub(super) fn problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Every problem, those of the fields that nobody took included.
    pub(super) fn finish(mut self, expected: &str) -> Vec<Problem> {
        for (key, _) in std::mem::take(&mut self.entries) {
            self.refuse(&key, format!("unknown field `{}`, expected {expected}", shown(&key)));
        }
        self.problems
    }
}

/// The fields in their order, a repeated one included.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<String, &'de RawValue>()? {
                    entries.push((Cow::Owned(entry.0), entry.1));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Names what stands where the parser stopped: `NaN` rather than a column.
fn unreadable(text: &str, error: &serde_json::Error) -> String {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let delimiter = |byte: &u8| b",:{}[] \t".contains(byte);
    let before = line.as_bytes().get(..error.column().saturating_sub(1)).unwrap_or_default();
    let start = before.iter().rposition(delimiter).map_or(0, |at| at + 1);
    let token = line.get(start..).map(|rest| rest.split(|c| ",:{}[] \t".contains(c)).next().unwrap_or_default());
    match token {
        Some(token) if !token.is_empty() => format!("not readable as a JSON object, at `{}`: {error}", shown(token)),
        _ => format!("not readable as a JSON object: {error}"),
    }
}
