//! The saved object of a data view.

use serde_json::{Map, Value, json};

use super::definition::DataView;
use super::object::{Naming, SavedObject};
use super::text::text;

const VERSION: &str = "8.0.0";

pub(super) fn data_view(view: &DataView, naming: Naming<'_>) -> SavedObject {
    let formats: Map<String, Value> =
        view.formats.iter().map(|(field, format)| (field.clone(), json!({"id": format, "params": {}}))).collect();
    let attributes = json!({
        "title": naming.alias(&view.id),
        "name": view.name,
        "timeFieldName": "@timestamp",
        // The indices come with the first rate.
        "allowNoIndex": true,
        "fields": "[]",
        "fieldAttrs": "{}",
        "fieldFormatMap": text(Value::Object(formats)),
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
    });
    SavedObject::new("index-pattern", VERSION, naming.id(&view.id), attributes, Vec::new())
}
