//! What stands above the panels to choose from.

use serde_json::{Map, Value, json};

use super::definition::Control;
use super::object::{Naming, Reference};
use super::text::text;

/// The group of controls, and what it needs.
pub(super) fn controls(definitions: &[Control], naming: Naming<'_>) -> (Value, Vec<Reference>) {
    let of = |(order, definition): (usize, &Control)| (definition.id.clone(), control(definition, order, naming));
    let panels: Map<String, Value> = definitions.iter().enumerate().map(of).collect();
    let ignored = json!({
        "ignoreFilters": false, "ignoreQuery": false, "ignoreTimerange": false, "ignoreValidations": false,
    });
    let group = json!({
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "showApplySelections": false,
        "ignoreParentSettingsJSON": text(ignored),
        "panelsJSON": text(Value::Object(panels)),
    });
    let reference = |definition: &Control| {
        let name = format!("controlGroup_{}:optionsListDataView", definition.id);
        Reference::data_view(name, naming.id(&definition.data_view))
    };
    (group, definitions.iter().map(reference).collect())
}

fn control(definition: &Control, order: usize, naming: Naming<'_>) -> Value {
    json!({
        "type": "optionsListControl",
        "order": order,
        "grow": true,
        "width": "medium",
        "explicitInput": {
            "id": definition.id,
            "title": definition.title,
            "dataViewId": naming.id(&definition.data_view),
            "fieldName": definition.field,
            "searchTechnique": "prefix",
            "selectedOptions": [],
            "enhancements": {},
        },
    })
}
