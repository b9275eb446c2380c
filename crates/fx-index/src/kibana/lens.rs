//! The Lens picture of a panel: Kibana stores it as it comes, and says nothing where it is wrong.

use serde_json::{Map, Value, json};

use super::condition::kql;
use super::definition::{Column, DataView, FieldType, Operation, Panel};
use super::object::{Naming, Reference};
use super::picture::{kind, visualization};

/// The one layer of a picture has the panel's name.
pub(super) fn lens(panel: &Panel, view: &DataView, is_filtered: bool, naming: Naming<'_>) -> (Value, Vec<Reference>) {
    let name = format!("indexpattern-datasource-layer-{}", panel.id);
    let references = vec![Reference::data_view(name, naming.id(&view.id))];
    let state = json!({
        "visualization": visualization(panel),
        "query": kql(&panel.conditions),
        "filters": [],
        "datasourceStates": {
            "formBased": {"layers": {panel.id.as_str(): layer(panel, view, is_filtered)}},
            "indexpattern": {"layers": {}},
            "textBased": {"layers": {}},
        },
        "internalReferences": [],
        "adHocDataViews": {},
    });
    let attributes = json!({
        "title": "",
        "visualizationType": kind(panel.picture),
        "type": "lens",
        "references": references,
        "state": state,
    });
    (attributes, references)
}

fn layer(panel: &Panel, view: &DataView, is_filtered: bool) -> Value {
    let columns: Map<String, Value> =
        panel.columns.iter().map(|column| (column.id.clone(), self::column(column, view))).collect();
    let order: Vec<&str> = panel.buckets().chain(panel.figures()).map(|column| column.id.as_str()).collect();
    json!({
        "columns": columns,
        "columnOrder": order,
        "incompleteColumns": {},
        "ignoreGlobalFilters": !is_filtered,
        "sampling": 1,
    })
}

fn column(column: &Column, view: &DataView) -> Value {
    let of_field = column.field.as_ref().and_then(|field| view.fields.get(field)).copied();
    let data = match column.operation {
        Operation::Count | Operation::UniqueCount => FieldType::Number,
        _ => of_field.unwrap_or(FieldType::Number),
    };
    let mut built = json!({
        "label": column.label,
        "customLabel": true,
        "dataType": data.name(),
        "operationType": operation(column.operation),
        "sourceField": column.field(),
        "isBucketed": column.operation.is_bucket(),
        "scale": scale(column.operation, data),
        "params": params(column),
    });
    if column.operation == Operation::LastValue {
        built["filter"] = json!({"query": format!("\"{}\": *", column.field()), "language": "kuery"});
    }
    built
}

fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Terms => "terms",
        Operation::DateHistogram => "date_histogram",
        Operation::Average => "average",
        Operation::Median => "median",
        Operation::Min => "min",
        Operation::Max => "max",
        Operation::Sum => "sum",
        Operation::LastValue => "last_value",
        Operation::Count => "count",
        Operation::UniqueCount => "unique_count",
    }
}

fn scale(operation: Operation, data: FieldType) -> &'static str {
    match (operation, data) {
        (Operation::DateHistogram, _) => "interval",
        (Operation::Terms, _) | (Operation::LastValue, FieldType::String) => "ordinal",
        _ => "ratio",
    }
}

fn params(column: &Column) -> Value {
    let mut params = match column.operation {
        Operation::Terms => return terms(column),
        Operation::DateHistogram => {
            return json!({"interval": "auto", "includeEmptyRows": true, "dropPartials": false});
        }
        Operation::LastValue => json!({"sortField": "@timestamp", "showArrayValues": false}),
        _ => json!({"emptyAsNull": true}),
    };
    if let Some(decimals) = column.decimals {
        let id = column.format.as_deref().unwrap_or("number");
        params["format"] = json!({"id": id, "params": {"decimals": decimals}});
    }
    params
}

fn terms(column: &Column) -> Value {
    let (by, direction) = match &column.by {
        Some(id) => (json!({"type": "column", "columnId": id}), "desc"),
        None => (json!({"type": "alphabetical", "fallback": false}), "asc"),
    };
    json!({
        "size": column.size,
        "orderBy": by,
        "orderDirection": direction,
        "otherBucket": false,
        "missingBucket": false,
        "parentFormat": {"id": "terms"},
        "include": [],
        "exclude": [],
        "includeIsRegex": false,
        "excludeIsRegex": false,
    })
}
