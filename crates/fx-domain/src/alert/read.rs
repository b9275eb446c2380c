//! A rule from JSON, with every mistake at once.

use serde_json::value::RawValue;

use super::condition::{Condition, Kind};
use super::fields::{Fields, Problem, RuleError};
use super::rule::{Pairs, Rule};
use super::values::{bounded, count, duration, flag, pair, positive, severity, text};
use crate::currency::shown;
use crate::feed::Source;
use crate::pair::Pair;

const FIELDS: &str = "one of name, pair, pairs, condition, threshold, clear_threshold, for, min_updates, cooldown, once, \
                      severity, closed_market, source, note";
/// Fields of the contract that this version cannot follow, each with the one value that it may have.
const LATER: [(&str, &str); 4] =
    [("channels", "[]"), ("repeat_every", "null"), ("expires_at", "null"), ("rebase_on_fire", "false")];
/// Kinds of the contract that this version cannot evaluate.
const LATER_KINDS: [&str; 8] = [
    "enters_channel",
    "leaves_channel",
    "change_abs",
    "change_pct",
    "volatility_above",
    "zscore",
    "stale",
    "divergence",
];
/// Fields that the service fills.
const GIVEN: [&str; 4] = ["id", "created_at", "updated_at", "states"];
const MOST_PAIRS: usize = 1000;
const LONGEST_NAME: usize = 200;
const LONGEST_NOTE: usize = 2000;

impl Rule {
    /// Reads the contract's Alert as a client sends it, the short form
    /// `{"pair":"EUR/USD","condition":"above","threshold":1.1}` included.
    ///
    /// # Errors
    /// [`RuleError::Unreadable`] where the body is no JSON object, else [`RuleError::Invalid`] with every mistake.
    pub fn from_json(body: &[u8]) -> Result<Self, RuleError> {
        let mut fields = Fields::of_body(body)?;
        refuse_others(&mut fields);
        let pairs = read_pairs(&mut fields);
        let condition = read_condition(&mut fields);
        let clear_threshold = read_clear(&mut fields, condition);
        let name = fields.read_as("name", |json| bounded(json, LONGEST_NAME));
        let note = fields.read_as("note", |json| bounded(json, LONGEST_NOTE));
        let hold_for = fields.read_as("for", duration);
        let cooldown = fields.read_as("cooldown", duration);
        let min_updates = fields.read_as("min_updates", count).unwrap_or(1);
        let once = fields.read_as("once", flag).unwrap_or_default();
        let closed_market = fields.read_as("closed_market", flag).unwrap_or_default();
        let severity = fields.read_as("severity", severity).unwrap_or_default();
        let source = fields.read_as("source", |json| text(json)?.parse::<Source>().map_err(|error| error.to_string()));
        let problems = fields.finish(FIELDS);
        match (pairs, condition) {
            (Some(pairs), Some(condition)) if problems.is_empty() => Ok(Self {
                name: name.unwrap_or_else(|| name_of(&pairs, condition)),
                pairs,
                condition,
                clear_threshold,
                hold_for,
                min_updates,
                cooldown,
                once,
                severity,
                closed_market,
                source,
                note,
            }),
            _ => Err(RuleError::Invalid(problems)),
        }
    }
}

/// What is known and cannot be given: never ignored, since somebody means something by it.
fn refuse_others(fields: &mut Fields<'_>) {
    for (name, only) in LATER {
        if let Some(value) = fields.take(name)
            && value.get() != only
        {
            let value = shown(value.get());
            fields.refuse(name, format!("`{name}` is not available yet, leave it out or give {only}, got {value}"));
        }
    }
    for name in GIVEN {
        if fields.has(name) {
            fields.refuse(name, format!("`{name}` is filled by the service, leave it out"));
        }
        fields.take(name);
    }
}

fn read_pairs(fields: &mut Fields<'_>) -> Option<Pairs> {
    match (fields.has("pair"), fields.has("pairs")) {
        (true, true) => {
            fields.take("pairs");
            fields.take("pair");
            fields.refuse("pairs", "`pair` and `pairs` both stand, give one of them".to_owned());
            None
        }
        (true, false) => {
            fields.take("pairs");
            fields.read_as("pair", |json| match json {
                "\"*\"" => Ok(Pairs::All),
                _ => pair(json).map(|pair| Pairs::Named(vec![pair])),
            })
        }
        (false, true) => {
            fields.take("pair");
            let list = fields.read_as("pairs", pair_list)?;
            read_list(fields, &list)
        }
        (false, false) => {
            fields.take("pair");
            fields.take("pairs");
            fields.refuse("pairs", "missing, expected pairs such as [\"EURUSD\"] or [\"*\"]".to_owned());
            None
        }
    }
}

fn pair_list(json: &str) -> Result<Vec<Box<RawValue>>, String> {
    let wanted = "expected a list of pairs such as [\"EURUSD\"] or [\"*\"]";
    let list: Vec<_> = serde_json::from_str(json).map_err(|_| format!("`{}` is no list, {wanted}", shown(json)))?;
    match list.len() {
        0 => Err(format!("the list is empty, {wanted}")),
        1..=MOST_PAIRS => Ok(list),
        many => Err(format!("{many} pairs are too many, expected at most {MOST_PAIRS}, or [\"*\"]")),
    }
}

fn read_list(fields: &mut Fields<'_>, list: &[Box<RawValue>]) -> Option<Pairs> {
    if let [only] = list
        && only.get() == "\"*\""
    {
        return Some(Pairs::All);
    }
    let mut pairs: Vec<Pair> = Vec::with_capacity(list.len());
    let mut problems = Vec::new();
    for (at, item) in list.iter().enumerate() {
        let detail = match item.get() {
            "\"*\"" => "`*` stands for every pair, give it alone".to_owned(),
            json => match pair(json) {
                Ok(pair) if pairs.contains(&pair) => format!("{pair} stands twice"),
                Ok(pair) => {
                    pairs.push(pair);
                    continue;
                }
                Err(detail) => detail,
            },
        };
        problems.push(Problem { pointer: fields.pointer_to(&format!("pairs/{at}")), detail });
    }
    let is_right = problems.is_empty();
    fields.adopt(problems);
    is_right.then_some(Pairs::Named(pairs))
}

fn read_condition(fields: &mut Fields<'_>) -> Option<Condition> {
    let Some(value) = fields.take("condition") else {
        fields.refuse("condition", format!("missing, expected an object such as {EXAMPLE}"));
        return None;
    };
    if value.get().starts_with('{') {
        let inner = Fields::of_value(value, fields.pointer_to("condition"));
        let mut inner = inner.map_err(|detail| fields.refuse("condition", detail)).ok()?;
        let kind = required(&mut inner, "kind", kind);
        let threshold =
            if kind.is_some() || inner.has("threshold") { required(&mut inner, "threshold", positive) } else { None };
        fields.adopt(if kind.is_some() { inner.finish("kind and threshold") } else { inner.problems() });
        if fields.take("threshold").is_some() {
            fields.refuse("threshold", "the threshold stands inside `condition` where that is an object".to_owned());
        }
        return Some(Condition { kind: kind?, threshold: threshold? });
    }
    let kind = kind(value.get()).map_err(|detail| fields.refuse("condition", detail)).ok();
    let threshold = required(fields, "threshold", positive);
    Some(Condition { kind: kind?, threshold: threshold? })
}

const EXAMPLE: &str = r#"{"kind":"above","threshold":1.1}"#;

fn required<'a, T>(fields: &mut Fields<'a>, key: &str, parse: impl FnOnce(&'a str) -> Result<T, String>) -> Option<T> {
    if !fields.has(key) {
        fields.take(key);
        fields.refuse(key, format!("missing, expected for example {EXAMPLE}"));
        return None;
    }
    fields.read_as(key, parse)
}

fn read_clear(fields: &mut Fields<'_>, condition: Option<Condition>) -> Option<f64> {
    let clear = fields.read_as("clear_threshold", positive)?;
    let condition = condition?;
    if condition.is_safe(clear) {
        return Some(clear);
    }
    let Condition { kind, threshold } = condition;
    let wanted = match kind {
        Kind::Above | Kind::CrossesUp => format!("expected at most {threshold}"),
        Kind::Below | Kind::CrossesDown => format!("expected at least {threshold}"),
        Kind::Crosses => "`crosses` has no safe side, leave it out".to_owned(),
    };
    fields.refuse("clear_threshold", format!("`{clear}` is not on the safe side of `{}`, {wanted}", kind.name()));
    None
}

fn kind(json: &str) -> Result<Kind, String> {
    let valid = Kind::ALL.map(Kind::name).join(", ");
    let name = text(json).map_err(|_| format!("`{}` is no kind, expected one of {valid}", shown(json)))?;
    if LATER_KINDS.contains(&name.as_str()) {
        return Err(format!("`{name}` is not available yet, expected one of {valid}"));
    }
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
    kind.ok_or_else(|| format!("unknown kind `{}`, expected one of {valid}", shown(&name)))
}

fn name_of(pairs: &Pairs, Condition { kind, threshold }: Condition) -> String {
    let pairs = match pairs {
        Pairs::All => "every pair".to_owned(),
        Pairs::Named(pairs) => match pairs.as_slice() {
            [first] => first.to_string(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            [] => String::new(),
        },
    };
    format!("{pairs} {} {threshold}", kind.name().replace('_', " "))
}
