//! What would be imported, with the JSON that stands in it as texts.

use fx_config::KibanaSettings;
use fx_index::kibana;
use serde_json::Value;

/// Where Kibana wants texts, and what stands in them.
const TEXTS: [&str; 9] = [
    "/attributes/fields",
    "/attributes/fieldAttrs",
    "/attributes/fieldFormatMap",
    "/attributes/runtimeFieldMap",
    "/attributes/sourceFilters",
    "/attributes/optionsJSON",
    "/attributes/panelsJSON",
    "/attributes/controlGroupInput/ignoreParentSettingsJSON",
    "/attributes/controlGroupInput/panelsJSON",
];

const SEARCH: &str = "/attributes/kibanaSavedObjectMeta/searchSourceJSON";

/// The file itself.
pub(crate) fn file() -> String {
    kibana::plan(&KibanaSettings::default(), "").expect("the definitions hold together")
}

/// Its objects, decoded.
pub(crate) fn objects() -> Vec<Value> {
    file().lines().map(|line| decoded(serde_json::from_str(line).expect("JSON on each line"))).collect()
}

fn decoded(mut object: Value) -> Value {
    for place in TEXTS.iter().chain([&SEARCH]) {
        let Some(value) = object.pointer_mut(place) else { continue };
        let text = value.as_str().unwrap_or_else(|| panic!("{place} is no text"));
        *value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{place}: {error}"));
    }
    object
}

/// The dashboards among them.
pub(crate) fn dashboards() -> Vec<Value> {
    objects().into_iter().filter(|object| object["type"] == "dashboard").collect()
}

/// The panels of a dashboard.
pub(crate) fn panels(dashboard: &Value) -> &[Value] {
    dashboard["attributes"]["panelsJSON"].as_array().expect("a list of panels")
}

/// The text at `place`.
pub(crate) fn text<'a>(value: &'a Value, place: &str) -> &'a str {
    value.pointer(place).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {place} in {value}"))
}
