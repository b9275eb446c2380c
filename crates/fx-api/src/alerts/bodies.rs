//! The shapes of what people ask for, for the description of the API. The domain reads it; a test holds both together.

mod condition;

use salvo::oapi::{Components, RefOr, Schema, ToSchema};
use serde_json::{Value, json};

use crate::notation::{Moment, PairName, SeverityName, SourceName, SpanText, named, reference};
use condition::level_kind;

pub(crate) use condition::Condition;

/// An alert that is to be set.
pub(crate) struct NewAlert;

/// What is to change of an alert.
pub(crate) struct AlertPatch;

/// An alert that is to be tried.
pub(crate) struct TriedAlert;

impl ToSchema for NewAlert {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let rule = Rule::new(components);
        named(components, "NewAlert", || rule.forms("An alert that is to be set.", &json!({}), &[]))
    }
}

impl ToSchema for TriedAlert {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let rule = Rule::new(components);
        let moment = reference::<Moment>(components);
        let span = json!({
            "from": {"description": "From this source time on.", "allOf": [moment]},
            "to": {
                "description": "Until before this source time; until now where it is left out.",
                "anyOf": [moment, {"type": "null"}]
            }
        });
        named(components, "TriedAlert", || rule.forms("An alert that is to be tried, and the time.", &span, &["from"]))
    }
}

impl ToSchema for AlertPatch {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let rule = Rule::new(components);
        named(components, "AlertPatch", || {
            let mut fields = rule.fields.clone();
            let or_null = |schema: &Value| json!({"anyOf": [schema, {"type": "null"}]});
            fields["pair"] = or_null(&rule.pair);
            fields["pairs"] = or_null(&rule.pairs);
            fields["condition"] = json!({
                "description": "Without a kind only its fields change.",
                "anyOf": [rule.condition, {"type": "object"}, level_kind()]
            });
            fields["threshold"] = json!({"type": ["number", "null"]});
            json!({
                "description": "What is to change of an alert; null takes away.",
                "type": "object", "properties": fields, "additionalProperties": false,
                "examples": [{"note": "ask the treasury"}]
            })
        })
    }
}

/// The parts of a rule.
struct Rule {
    /// Those that may be left out.
    fields: Value,
    pair: Value,
    pairs: Value,
    condition: Value,
}

impl Rule {
    fn new(components: &mut Components) -> Self {
        let pair = reference::<PairName>(components);
        let or_null = |schema: Value| json!({"anyOf": [schema, {"type": "null"}]});
        let duration = or_null(reference::<SpanText>(components));
        let text = |most: u32| json!({"type": ["string", "null"], "minLength": 1, "maxLength": most});
        let flag = json!({"type": ["boolean", "null"], "default": false});
        let told = |text: &str, schema: &Value| {
            let mut schema = schema.clone();
            schema["description"] = text.into();
            schema
        };
        let channel = json!({"type": "string", "minLength": 1, "maxLength": 64});
        Self {
            fields: json!({
                "name": told("Made from pairs and condition where none is given.", &text(200)),
                "clear_threshold": {
                    "type": ["number", "null"], "minimum": 0,
                    "description": "Past which value an episode closes, on the side where the condition is false."
                },
                "for": told("How long the condition must stay true.", &duration),
                "min_updates": {
                    "type": ["integer", "null"], "minimum": 1, "maximum": 1000, "default": 1,
                    "description": "Over how many distinct updates it must be true."
                },
                "cooldown": told("How long the next firing waits.", &duration),
                "repeat_every": told("How often an open episode is told again.", &duration),
                "once": told("Whether the rule ends with its first episode.", &flag),
                "expires_at": {
                    "type": ["string", "null"], "format": "date-time", "description": "From when on it watches no more."
                },
                "severity": or_null(reference::<SeverityName>(components)),
                "channels": {
                    "type": ["array", "null"], "items": channel, "maxItems": 16, "uniqueItems": true,
                    "description": "The names of the channels that are told."
                },
                "rebase_on_fire": told("Whether a change is measured from the last firing.", &flag),
                "closed_market": told("Whether rates of streams count while their market is closed.", &flag),
                "source": told(
                    "The feed that is watched; the believed one where it is left out.",
                    &or_null(reference::<SourceName>(components))
                ),
                "note": text(2000),
            }),
            pairs: json!({
                "description": "Pairs, or `*` alone for every pair.",
                "anyOf": [
                    {"type": "array", "items": pair, "minItems": 1, "maxItems": 1000, "uniqueItems": true},
                    {"const": ["*"]}
                ]
            }),
            pair: json!({"description": "One pair, or `*` for every pair.", "anyOf": [pair, {"const": "*"}]}),
            condition: reference::<Condition>(components),
        }
    }

    /// With a condition, or its kind and threshold; with one pair, or several.
    fn forms(&self, description: &str, further: &Value, required: &[&str]) -> Value {
        let threshold = json!({"type": "number", "exclusiveMinimum": 0});
        let long = json!({"condition": self.condition, "threshold": {"type": "null"}});
        let short = json!({"condition": level_kind(), "threshold": threshold});
        let one = json!({"pair": self.pair, "pairs": {"type": "null"}});
        let many = json!({"pairs": self.pairs, "pair": {"type": "null"}});
        let form = |parts: [&Value; 2]| {
            let given = parts.into_iter().filter_map(Value::as_object).flatten();
            let given = given.filter(|(_, schema)| schema["type"] != "null").map(|(name, _)| name.as_str());
            let required: Vec<&str> = given.chain(required.iter().copied()).collect();
            let mut fields = self.fields.clone();
            for part in parts.into_iter().chain([further]) {
                merge(&mut fields, part);
            }
            json!({"type": "object", "properties": fields, "required": required, "additionalProperties": false})
        };
        let from = required.first().map(|name| (*name, "2026-01-01"));
        let example = |mut example: Value| {
            if let Some((name, date)) = from {
                example[name] = date.into();
            }
            example
        };
        json!({
            "description": description,
            "oneOf": [form([&one, &short]), form([&one, &long]), form([&many, &long]), form([&many, &short])],
            "examples": [
                example(json!({"pair": "EUR/USD", "condition": "above", "threshold": 1.1})),
                example(json!({
                    "name": "Yen on the move", "pairs": ["USDJPY", "EURJPY"], "severity": "critical", "cooldown": "1h",
                    "condition": {"kind": "change_pct", "percent": 1.5, "window": "1d", "direction": "either"}
                })),
            ]
        })
    }
}

fn merge(fields: &mut Value, further: &Value) {
    for (name, schema) in further.as_object().into_iter().flatten() {
        fields[name] = schema.clone();
    }
}
