//! What Kibana has stored, and what becomes of it in an import.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::file::text;

/// Objects by type and id: each is in one space.
#[derive(Default)]
pub(crate) struct Stored(BTreeMap<(String, String), (String, Value)>);

impl Stored {
    pub(crate) fn ids(&self) -> Vec<String> {
        self.0.keys().map(|(_, id)| id.clone()).collect()
    }

    pub(crate) fn get(&self, kind: &str, id: &str) -> Option<&Value> {
        self.0.get(&(kind.to_owned(), id.to_owned())).map(|(_, object)| object)
    }

    /// What somebody has saved.
    pub(crate) fn put(&mut self, space: &str, object: Value) {
        let key = (text(&object, "type").to_owned(), text(&object, "id").to_owned());
        self.0.insert(key, (space.to_owned(), object));
    }

    /// Imports everything, or, where a reference or a place is the matter, nothing.
    pub(super) fn import(&mut self, space: &str, objects: &[Value], overwrites: bool) -> Value {
        let mut errors = Vec::new();
        let mut results = Vec::new();
        for object in objects {
            match self.error(space, objects, object, overwrites) {
                Some(error) => errors.push(named(object, json!({"error": error}))),
                None => results.push(self.result(space, object)),
            }
        }
        let stops =
            |error: &Value| error["error"]["type"] == "missing_references" || error["error"]["type"] == "conflict";
        if !errors.iter().any(stops) {
            for (object, result) in objects.iter().zip(&results).filter(|_| errors.is_empty()) {
                let mut object = object.clone();
                if let Some(id) = result["destinationId"].as_str() {
                    object["id"] = json!(id);
                }
                self.put(space, object);
            }
        }
        let count = if errors.is_empty() { results.len() } else { 0 };
        let mut outcome = json!({"successCount": count, "success": errors.is_empty(), "warnings": []});
        if !results.is_empty() {
            outcome["successResults"] = json!(results);
        }
        if !errors.is_empty() {
            outcome["errors"] = json!(errors);
        }
        outcome
    }

    fn error(&self, space: &str, objects: &[Value], object: &Value, overwrites: bool) -> Option<Value> {
        let (kind, id) = (text(object, "type"), text(object, "id"));
        if !["dashboard", "index-pattern"].contains(&kind) {
            return Some(json!({"type": "unsupported_type"}));
        }
        let references = object["references"].as_array().into_iter().flatten();
        let missing: Vec<_> = references
            .filter(|reference| text(reference, "type") == "index-pattern")
            .filter(|reference| !self.is_there(objects, reference))
            .map(|reference| json!({"type": reference["type"], "id": reference["id"]}))
            .collect();
        if !missing.is_empty() {
            return Some(json!({"type": "missing_references", "references": missing}));
        }
        let here = self.0.get(&(kind.to_owned(), id.to_owned())).is_some_and(|(stored, _)| stored == space);
        if here && !overwrites {
            return Some(json!({"type": "conflict"}));
        }
        invalid(object).map(|field| {
            let message =
                format!("[attributes.{field}]: expected value of type [string] but got [object]: Bad Request");
            json!({"type": "unknown", "statusCode": 400, "message": message})
        })
    }

    fn is_there(&self, objects: &[Value], reference: &Value) -> bool {
        let (kind, id) = (text(reference, "type"), text(reference, "id"));
        self.get(kind, id).is_some() || objects.iter().any(|it| text(it, "type") == kind && text(it, "id") == id)
    }

    /// What lies in another space keeps its id; this one gets another.
    fn result(&self, space: &str, object: &Value) -> Value {
        let (kind, id) = (text(object, "type"), text(object, "id"));
        let mut result = named(object, json!({"managed": object["managed"]}));
        match self.0.get(&(kind.to_owned(), id.to_owned())) {
            Some((stored, _)) if stored == space => result["overwrite"] = json!(true),
            Some(_) => result["destinationId"] = json!(format!("{id}-elsewhere")),
            None => {}
        }
        result
    }
}

fn named(object: &Value, mut rest: Value) -> Value {
    rest["type"] = object["type"].clone();
    rest["id"] = object["id"].clone();
    rest["meta"] = json!({"title": object["attributes"]["title"], "icon": "dashboardApp"});
    rest
}

/// A field that ought to be a text, and is none.
fn invalid(object: &Value) -> Option<String> {
    let attributes = object["attributes"].as_object()?;
    let texts = ["panelsJSON", "optionsJSON", "fields", "fieldFormatMap", "runtimeFieldMap", "sourceFilters"];
    let wrong = |field: &&str| attributes.get(*field).is_some_and(|value| !value.is_string());
    texts.into_iter().find(wrong).map(str::to_owned)
}
