//! What holds inside the pictures: Kibana would import the contrary with success, and show nothing.

use std::collections::{BTreeMap, BTreeSet};

use fx_index::Family;
use fx_index::kibana::{Catalogue, Condition, FieldType, Operation};
use serde_json::Value;

use super::decoded::{dashboards, panels, text};

/// The one layer of each Lens panel: the panel's id, the panel and the layer.
fn layers() -> Vec<(String, Value, Value)> {
    let dashboards = dashboards();
    let all = dashboards.iter().flat_map(panels).filter(|panel| panel["type"] == "lens");
    all.map(|panel| {
        let layers = &panel["embeddableConfig"]["attributes"]["state"]["datasourceStates"]["formBased"]["layers"];
        let layers = layers.as_object().expect("layers");
        let (id, layer) = layers.iter().next().expect("a layer");
        assert_eq!((layers.len(), id.as_str()), (1, text(panel, "/panelIndex")));
        (id.clone(), panel.clone(), layer.clone())
    })
    .collect()
}

#[test]
fn columns_stand_in_order_with_buckets_first() {
    for (id, _, layer) in layers() {
        let columns = layer["columns"].as_object().expect("columns");
        let order: Vec<_> = layer["columnOrder"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let named: BTreeSet<_> = columns.keys().map(String::as_str).collect();
        assert_eq!(order.iter().copied().collect::<BTreeSet<_>>(), named, "{id}");
        let is_bucket: Vec<_> = order.iter().map(|name| columns[*name]["isBucketed"] == true).collect();
        assert!(is_bucket.is_sorted_by(|a, b| a >= b), "{id}: a figure stands before a bucket");
        assert!(is_bucket.contains(&false), "{id} shows no figure");
        for column in columns.values() {
            let Some(by) = column["params"]["orderBy"]["columnId"].as_str() else { continue };
            let by = columns.get(by).unwrap_or_else(|| panic!("{id} is ordered by {by}, which is not there"));
            // A server cannot order by the newest of something.
            assert!(by["isBucketed"] == false && by["operationType"] != "last_value", "{id}");
        }
    }
}

#[test]
fn pictures_show_the_columns_that_are_there() {
    for (id, panel, layer) in layers() {
        let columns = layer["columns"].as_object().expect("columns");
        let state = &panel["embeddableConfig"]["attributes"]["state"]["visualization"];
        let shown = columns_of(state);
        let named: BTreeSet<_> = columns.keys().cloned().collect();
        assert_eq!(shown, named, "{id}");
        let layer_ids = [&state["layerId"], &state["layers"][0]["layerId"]];
        assert!(layer_ids.iter().any(|layer| **layer == id.as_str()), "{id}");
        if panel["embeddableConfig"]["attributes"]["visualizationType"] == "lnsXY" {
            let x = text(state, "/layers/0/xAccessor");
            assert_eq!(columns[x]["operationType"], "date_histogram", "{id} runs over something else than time");
        }
    }
}

/// Every column that a picture names.
fn columns_of(state: &Value) -> BTreeSet<String> {
    const ONE: [&str; 4] = ["xAccessor", "splitAccessor", "metricAccessor", "columnId"];
    const SOME: [&str; 3] = ["accessors", "primaryGroups", "metrics"];
    let mut found = BTreeSet::new();
    match state {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(column) if ONE.contains(&key.as_str()) => _ = found.insert(column.clone()),
                    Value::Array(list) if SOME.contains(&key.as_str()) => {
                        found.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    other => found.extend(columns_of(other)),
                }
            }
        }
        Value::Array(list) => found.extend(list.iter().flat_map(columns_of)),
        _ => {}
    }
    found
}

fn mapping(view: &str) -> BTreeMap<String, String> {
    let family = Family::ALL.into_iter().find(|family| family.name("") == view).expect("a family");
    let fields = family.mappings()["properties"].as_object().expect("fields").clone();
    fields.into_iter().map(|(field, kind)| (field, text(&kind, "/type").to_owned())).collect()
}

#[test]
fn fields_are_those_of_the_mapping() {
    for view in Catalogue::read().expect("right").data_views {
        let mapping = mapping(&view.id);
        for (field, kind) in &view.fields {
            let mapped = mapping.get(field).unwrap_or_else(|| panic!("{} has no field {field}", view.id));
            let seen = match mapped.as_str() {
                "keyword" => FieldType::String,
                "date" | "date_nanos" => FieldType::Date,
                "boolean" => FieldType::Boolean,
                "double" | "byte" | "long" => FieldType::Number,
                other => panic!("{field} is {other}, which cannot be aggregated"),
            };
            assert_eq!(*kind, seen, "{}: {field}", view.id);
        }
        assert!(view.formats.keys().all(|field| view.fields.contains_key(field)), "{}", view.id);
    }
}

#[test]
fn panels_and_controls_use_only_fields_that_are_there() {
    let catalogue = Catalogue::read().expect("right");
    for dashboard in &catalogue.dashboards {
        for control in &dashboard.controls {
            let fields = &catalogue.data_view(&control.data_view).expect("is there").fields;
            assert_eq!(fields.get(&control.field), Some(&FieldType::String), "{}", control.id);
        }
        for panel in &dashboard.panels {
            let fields = &catalogue.data_view(&panel.data_view).expect("is there").fields;
            let of_columns = panel.columns.iter().filter_map(|column| column.field.as_deref());
            for field in of_columns.chain(panel.conditions.iter().map(Condition::field)) {
                assert!(fields.contains_key(field), "{}: {field}", panel.id);
            }
            for column in &panel.columns {
                assert_eq!(column.field.is_none(), column.operation == Operation::Count, "{}", panel.id);
                assert_eq!(column.size.is_some(), column.operation == Operation::Terms, "{}", panel.id);
            }
        }
    }
}

/// A filter on a field that the other dashboard does not have would empty it.
#[test]
fn a_click_filters_by_what_the_other_dashboard_has_too() {
    let catalogue = Catalogue::read().expect("right");
    let panels = catalogue.dashboards.iter().flat_map(|dashboard| &dashboard.panels);
    for panel in panels.filter(|panel| panel.drill_down.is_some()) {
        let target = catalogue.dashboards.iter().find(|target| Some(&target.id) == panel.drill_down.as_ref());
        let first = panel.buckets().next().and_then(|column| column.field.as_deref()).expect("a field");
        for shown in &target.expect("is there").panels {
            let view = catalogue.data_view(&shown.data_view).expect("is there");
            let is_safe = view.fields.contains_key(first) || !catalogue.is_filtered(view);
            assert!(is_safe, "{}: {first} is not in {}", panel.id, view.id);
        }
    }
}

/// What Kibana leaves out with the filters of the dashboard are the panel's own conditions too.
#[test]
fn panels_that_are_not_filtered_have_no_conditions() {
    let catalogue = Catalogue::read().expect("right");
    let mut unfiltered = BTreeSet::new();
    for panel in catalogue.dashboards.iter().flat_map(|dashboard| &dashboard.panels) {
        if !catalogue.is_filtered(catalogue.data_view(&panel.data_view).expect("is there")) {
            assert!(panel.conditions.is_empty(), "{}", panel.id);
            unfiltered.insert(panel.id.clone());
        }
    }
    for (id, _, layer) in layers() {
        assert_eq!(layer["ignoreGlobalFilters"], unfiltered.contains(&id), "{id}");
    }
    assert_eq!(unfiltered.len(), 3);
}
