//! The rows in what the server answers.

use fx_index::kibana::{Column, DataView, FieldType, Operation, Panel};
use serde_json::{Map, Value, json};

use super::expected::plain;

/// A row for each innermost bucket that holds a document.
pub(super) fn rows(panel: &Panel, view: &DataView, answer: &Value) -> Vec<Vec<Value>> {
    let reader = Reader { panel, view };
    let mut rows = Vec::new();
    let mut whole = answer["aggregations"].as_object().cloned().unwrap_or_default();
    whole.insert("doc_count".to_owned(), answer["hits"]["total"]["value"].clone());
    let buckets: Vec<_> = panel.columns.iter().enumerate().filter(|(_, it)| it.operation.is_bucket()).collect();
    reader.read(&buckets, &whole, &mut vec![Value::Null; panel.columns.len()], &mut rows);
    rows
}

struct Reader<'a> {
    panel: &'a Panel,
    view: &'a DataView,
}

impl Reader<'_> {
    fn read(
        &self,
        buckets: &[(usize, &Column)],
        found: &Map<String, Value>,
        row: &mut Vec<Value>,
        rows: &mut Vec<Vec<Value>>,
    ) {
        let Some(((place, column), inner)) = buckets.split_first() else {
            if found["doc_count"] != 0 {
                for (place, column) in self.panel.columns.iter().enumerate() {
                    if !column.operation.is_bucket() {
                        row[place] = figure(place, column, found);
                    }
                }
                rows.push(row.clone());
            }
            return;
        };
        for bucket in found[&place.to_string()]["buckets"].as_array().expect("buckets") {
            row[*place] = self.key(column, bucket);
            self.read(inner, bucket.as_object().expect("a bucket"), row, rows);
        }
    }

    fn key(&self, column: &Column, bucket: &Value) -> Value {
        let is_boolean = column.field.as_ref().is_some_and(|field| self.view.fields[field] == FieldType::Boolean);
        if is_boolean { json!(bucket["key_as_string"] == "true") } else { bucket["key"].clone() }
    }
}

fn figure(place: usize, column: &Column, found: &Map<String, Value>) -> Value {
    match column.operation {
        Operation::Count => found["doc_count"].clone(),
        Operation::LastValue => {
            let field = column.field.as_deref().expect("a field");
            let hit = &found[&format!("{place}-bucket")][format!("{place}-metric")]["hits"]["hits"][0];
            plain(&hit["fields"][field][0])
        }
        Operation::Median => found[&place.to_string()]["values"]["50.0"].clone(),
        _ => found[&place.to_string()]["value"].clone(),
    }
}

/// Whether two rows say the same; sums depend on the order of what is added in their last digits.
pub(super) fn is_same(shown: &[Value], expected: &[Value]) -> bool {
    shown.iter().zip(expected).all(|(shown, expected)| match (shown.as_f64(), expected.as_f64()) {
        (Some(shown), Some(expected)) => (shown - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        _ => shown == expected,
    })
}
