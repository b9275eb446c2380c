//! Bodies of requests with only what was said, so that the service's defaults hold for the rest.

use serde_json::{Map, Value, json};

pub(crate) fn json_of<T: serde::Serialize>(given: Option<&T>) -> Option<Value> {
    given.map(|value| json!(value))
}

/// The fields that have a value.
pub(crate) fn said<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let said = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(said.collect::<Map<_, _>>())
}
