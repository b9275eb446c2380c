//! What holds of the file as a whole.

use std::collections::BTreeSet;

use fx_config::KibanaSettings;
use fx_index::kibana::{Naming, objects};
use serde_json::{Value, json};

use super::decoded::{dashboards, file, objects as decoded, panels, text};

#[test]
fn every_object_has_the_shape_that_is_known_of_kibana() {
    let schema: Value = serde_json::from_str(include_str!("saved-object.schema.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let objects = decoded();
    assert_eq!(objects.len(), 5);
    for object in &objects {
        // Which of the shapes is meant, the type says: the other one's complaints would hide what is wrong.
        let wrong: Vec<_> = schema.iter_errors(object).map(|error| deepest(&error)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", object["id"]);
    }
}

/// What is wrong in the shape that comes nearest.
fn deepest(error: &jsonschema::ValidationError<'_>) -> String {
    use jsonschema::error::ValidationErrorKind::{AnyOf, OneOfNotValid};
    let (AnyOf { context: inner } | OneOfNotValid { context: inner }) = error.kind() else {
        return format!("{}: {error}", error.instance_path());
    };
    let all = inner.iter().flatten();
    let nearest = all.max_by_key(|inner| inner.instance_path().to_string().matches('/').count());
    nearest.map_or_else(|| error.to_string(), deepest)
}

#[test]
fn the_schema_refuses_what_is_not_known() {
    let schema: Value = serde_json::from_str(include_str!("saved-object.schema.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let right = dashboards().remove(0);
    assert!(schema.is_valid(&right));
    for (place, wrong) in [
        ("/typeMigrationVersion", json!("10.3.0")),
        ("/attributes/panelsJSON/1/gridData/w", json!(49)),
        ("/attributes/panelsJSON/1/embeddableConfig/attributes/visualizationType", json!("lnsPie")),
        (
            "/attributes/panelsJSON/1/embeddableConfig/attributes/state/visualization/layers/0/splitAccessors",
            json!(["a"]),
        ),
        ("/attributes/refreshInterval/pause", json!(true)),
    ] {
        let mut broken = right.clone();
        let (parent, key) = place.rsplit_once('/').expect("a place");
        broken.pointer_mut(parent).expect("is there")[key] = wrong;
        assert!(!schema.is_valid(&broken), "{place}");
    }
}

/// Nothing points to nowhere, and nothing is pointed to that is not used.
#[test]
fn references_are_those_that_are_used_and_they_resolve() {
    let known: BTreeSet<_> =
        decoded().iter().map(|object| (text(object, "/type").to_owned(), text(object, "/id").to_owned())).collect();
    for dashboard in dashboards() {
        let mut given = BTreeSet::new();
        for reference in dashboard["references"].as_array().expect("a list") {
            let (kind, id) = (text(reference, "/type"), text(reference, "/id"));
            assert!(known.contains(&(kind.to_owned(), id.to_owned())), "{reference} leads nowhere");
            assert!(given.insert((text(reference, "/name").to_owned(), id.to_owned())), "{reference} stands twice");
        }
        let used: BTreeSet<_> = used(&dashboard).into_iter().collect();
        let names =
            |all: &BTreeSet<(String, String)>| all.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
        assert_eq!(names(&given), names(&used), "{}", dashboard["id"]);
        // Where the object itself names the target too, both name the same.
        assert!(used.iter().all(|(name, id)| id.is_empty() || given.contains(&(name.clone(), id.clone()))));
    }
}

/// The names of references that a dashboard's parts look for, and, where a part knows it, the id.
fn used(dashboard: &Value) -> Vec<(String, String)> {
    let mut used = Vec::new();
    for panel in panels(dashboard) {
        let (index, config) = (text(panel, "/panelIndex"), &panel["embeddableConfig"]);
        for link in config["attributes"]["links"].as_array().into_iter().flatten() {
            used.push((format!("{index}:{}", text(link, "/destinationRefName")), text(link, "/id").to_owned()));
        }
        for reference in config["attributes"]["references"].as_array().into_iter().flatten() {
            used.push((format!("{index}:{}", text(reference, "/name")), text(reference, "/id").to_owned()));
        }
        for event in config["enhancements"]["dynamicActions"]["events"].as_array().into_iter().flatten() {
            let (factory, event) = (text(event, "/action/factoryId"), text(event, "/eventId"));
            used.push((format!("{index}:drilldown:{factory}:{event}:dashboardId"), String::new()));
        }
    }
    let controls = dashboard["attributes"]["controlGroupInput"]["panelsJSON"].as_object().expect("controls");
    for (id, control) in controls {
        assert_eq!(text(control, "/explicitInput/id"), id);
        let view = text(control, "/explicitInput/dataViewId").to_owned();
        used.push((format!("controlGroup_{id}:optionsListDataView"), view));
    }
    used
}

#[test]
fn panels_lie_on_the_grid_and_not_on_each_other() {
    for dashboard in dashboards() {
        let mut taken = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for panel in panels(&dashboard) {
            let id = text(panel, "/panelIndex");
            assert_eq!(text(panel, "/gridData/i"), id);
            assert!(ids.insert(id), "{id} stands twice");
            let side = |name: &str| panel["gridData"][name].as_u64().expect("a number");
            let (x, y, w, h) = (side("x"), side("y"), side("w"), side("h"));
            assert!(x + w <= 48, "{id} is beyond the grid");
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(taken.insert(cell), "{id} lies on another at {cell:?}");
            }
        }
        let lowest = taken.iter().map(|(_, y)| y).max().expect("panels");
        assert_eq!(taken.len() as u64, (lowest + 1) * 48, "{} has holes", dashboard["id"]);
    }
}

/// One way there and one back, and the controls that were asked for on both.
#[test]
fn the_dashboards_lead_to_each_other() {
    for dashboard in dashboards() {
        let other = if dashboard["id"] == "fx-monitor-rates" { "fx-monitor-alerts" } else { "fx-monitor-rates" };
        let references = dashboard["references"].as_array().expect("a list");
        let leads = |name: &str| {
            references.iter().any(|reference| reference["id"] == other && text(reference, "/name").contains(name))
        };
        assert!(leads("drilldown:") && leads("dashboards:link_"), "{}", dashboard["id"]);
        let controls = &dashboard["attributes"]["controlGroupInput"]["panelsJSON"];
        let fields = ["pair", "source"].map(|id| text(&controls[id], "/explicitInput/fieldName"));
        assert_eq!(fields, ["pair", "source"]);
    }
}

#[test]
fn every_installation_and_every_space_has_ids_of_its_own() {
    let catalogue = fx_index::kibana::Catalogue::read().expect("right");
    let ids = |prefix: &str, space: &str| -> Vec<String> {
        let objects = objects(&catalogue, Naming { prefix, space }).expect("right");
        objects.into_iter().map(|object| object.id).collect()
    };
    assert_eq!(ids("", "default"), ["fx-rates", "fx-alerts", "fx-deliveries", "fx-monitor-rates", "fx-monitor-alerts"]);
    assert_eq!(ids("test-", "desk")[..2], ["test-fx-rates-desk", "test-fx-alerts-desk"]);
    let settings = KibanaSettings { space: "desk".to_owned(), ..KibanaSettings::default() };
    let other = fx_index::kibana::plan(&settings, "test-").expect("right");
    assert!(!other.contains("\"fx-rates\"") && other.contains("\"title\":\"test-fx-rates\""));
}

/// What people have seen, and what other tests know the ids of, changes only on purpose.
#[test]
fn the_file_is_the_same_every_time() {
    assert_eq!(file(), file());
    insta::assert_snapshot!("dashboards", file());
}
