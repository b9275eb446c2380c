//! JSON that stands in JSON as a text, the same on every build.

use std::collections::BTreeMap;

use serde_json::Value;

/// `value` with its keys in order, whatever order the map of this build keeps.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields: BTreeMap<_, _> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// The text of `value`, as Kibana wants it in its fields `…JSON`.
pub(super) fn text(value: Value) -> String {
    sorted(value).to_string()
}
