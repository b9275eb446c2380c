//! A rule from JSON, with every mistake at once.

mod condition;

use serde_json::value::RawValue;

use super::condition::Condition;
use super::fields::{Fields, Problem, RuleError};
use super::rule::{Pairs, Rule};
use super::values::{bounded, duration, flag, moment, not_negative, pair, severity, text, whole};
use super::words;
use crate::currency::shown;
use crate::feed::Source;
use crate::pair::Pair;

const FIELDS: &str = "one of name, pair, pairs, condition, threshold, clear_threshold, for, min_updates, cooldown, \
                      repeat_every, once, expires_at, severity, channels, rebase_on_fire, closed_market, source, note";
/// Fields that the service fills.
const GIVEN: [&str; 4] = ["id", "created_at", "updated_at", "states"];
const MOST_PAIRS: usize = 1000;
const MOST_UPDATES: u32 = 1000;
const MOST_CHANNELS: usize = 16;
const LONGEST_NAME: usize = 200;
const LONGEST_CHANNEL: usize = 64;
const LONGEST_NOTE: usize = 2000;

impl Rule {
    /// Reads the contract's Alert as a client sends it, the short form
    /// `{"pair":"EUR/USD","condition":"above","threshold":1.1}` included.
    ///
    /// # Errors
    /// [`RuleError::Unreadable`] where the body is no JSON object, else [`RuleError::Invalid`] with every mistake.
    pub fn from_json(body: &[u8]) -> Result<Self, RuleError> {
        let mut fields = Fields::of_body(body)?;
        refuse_given(&mut fields);
        let pairs = read_pairs(&mut fields);
        let condition = condition::read(&mut fields);
        let clear_threshold = read_clear(&mut fields, condition.as_ref());
        let name = fields.read_as("name", |json| bounded(json, LONGEST_NAME));
        let note = fields.read_as("note", |json| bounded(json, LONGEST_NOTE));
        let hold_for = fields.read_as("for", duration);
        let cooldown = fields.read_as("cooldown", duration);
        let repeat_every = fields.read_as("repeat_every", duration);
        let min_updates = fields.read_as("min_updates", |json| whole(json, 1..=MOST_UPDATES)).unwrap_or(1);
        let expires_at = fields.read_as("expires_at", moment);
        let channels = read_channels(&mut fields);
        let rebase_on_fire = fields.read_as("rebase_on_fire", flag).unwrap_or_default();
        let once = fields.read_as("once", flag).unwrap_or_default();
        let closed_market = fields.read_as("closed_market", flag).unwrap_or_default();
        let severity = fields.read_as("severity", severity).unwrap_or_default();
        let source = fields.read_as("source", |json| text(json)?.parse::<Source>().map_err(|error| error.to_string()));
        if let Some(condition) = &condition {
            refuse_senseless(&mut fields, condition, (min_updates, rebase_on_fire, source.is_some()));
        }
        let problems = fields.finish(FIELDS);
        match (pairs, condition) {
            (Some(pairs), Some(condition)) if problems.is_empty() => Ok(Self {
                // No longer than one that is given: figures have up to 309 digits.
                name: name.unwrap_or_else(|| words::name(&pairs, &condition).chars().take(LONGEST_NAME).collect()),
                pairs,
                condition,
                clear_threshold,
                hold_for,
                min_updates,
                cooldown,
                repeat_every,
                once,
                expires_at,
                severity,
                channels,
                rebase_on_fire,
                closed_market,
                source,
                note,
            }),
            _ => Err(RuleError::Invalid(problems)),
        }
    }
}

fn refuse_given(fields: &mut Fields<'_>) {
    for name in GIVEN {
        if fields.has(name) {
            fields.refuse(name, format!("`{name}` is filled by the service, leave it out"));
        }
        fields.take(name);
    }
}

/// What says nothing beside such a condition: never ignored, since somebody means something by it.
fn refuse_senseless(
    fields: &mut Fields<'_>,
    condition: &Condition,
    (min_updates, rebase_on_fire, has_source): (u32, bool, bool),
) {
    if min_updates > 1 && matches!(condition, Condition::Stale { .. }) {
        fields.refuse("min_updates", "`stale` is true while there are no updates, leave it out".to_owned());
    }
    if rebase_on_fire && !matches!(condition, Condition::Change { .. }) {
        let detail = "only `change_abs` and `change_pct` measure from a rate that could be rebased, leave it out";
        fields.refuse("rebase_on_fire", detail.to_owned());
    }
    if has_source && matches!(condition, Condition::Divergence { .. }) {
        fields.refuse("source", "`divergence` names its feeds in `sources`, leave it out".to_owned());
    }
}

fn read_channels(fields: &mut Fields<'_>) -> Vec<String> {
    let Some(list) = fields.read_as("channels", |json| {
        let list: Vec<Box<RawValue>> = serde_json::from_str(json)
            .map_err(|_| format!("`{}` is no list, expected names such as [\"ops\"]", shown(json)))?;
        match list.len() {
            many if many > MOST_CHANNELS => {
                Err(format!("{many} channels are too many, expected at most {MOST_CHANNELS}"))
            }
            _ => Ok(list),
        }
    }) else {
        return Vec::new();
    };
    let mut channels: Vec<String> = Vec::with_capacity(list.len());
    let mut problems = Vec::new();
    for (at, item) in list.iter().enumerate() {
        match bounded(item.get(), LONGEST_CHANNEL) {
            Ok(name) if !channels.contains(&name) => channels.push(name),
            told => {
                let detail = told.map_or_else(|detail| detail, |name| format!("`{}` stands twice", shown(&name)));
                problems.push(Problem { pointer: fields.pointer_to(&format!("channels/{at}")), detail });
            }
        }
    }
    fields.adopt(problems);
    channels
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

fn read_clear(fields: &mut Fields<'_>, condition: Option<&Condition>) -> Option<f64> {
    let clear = fields.read_as("clear_threshold", not_negative)?;
    let condition = condition?;
    let Some(wanted) = condition.unsafe_clear(clear) else { return Some(clear) };
    let kind = condition.kind().name();
    fields.refuse("clear_threshold", format!("`{clear}` is not on the safe side of `{kind}`, {wanted}"));
    None
}
