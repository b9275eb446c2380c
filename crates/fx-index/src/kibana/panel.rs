//! A panel of a dashboard.

use serde_json::{Value, json};

use super::catalogue::Catalogue;
use super::definition::Panel;
use super::error::KibanaError;
use super::lens::lens;
use super::object::{Naming, Reference};

const DRILL_DOWN: &str = "DASHBOARD_TO_DASHBOARD_DRILLDOWN";

/// The panel, and what it needs.
pub(super) fn panel(
    definition: &Panel,
    catalogue: &Catalogue,
    naming: Naming<'_>,
) -> Result<(Value, Vec<Reference>), KibanaError> {
    let Panel { id, title, grid, .. } = definition;
    let view = catalogue.data_view(&definition.data_view)?;
    let (attributes, mut references) = lens(definition, view, catalogue.is_filtered(view), naming);
    let mut config = json!({"attributes": attributes, "enhancements": {}});
    if let Some(from) = &definition.from {
        config["timeRange"] = json!({"from": from, "to": "now"});
    }
    if let Some(target) = &definition.drill_down {
        let known = catalogue.dashboards.iter().find(|dashboard| dashboard.id == *target);
        let target = known.ok_or_else(|| KibanaError::Definition(format!("there is no dashboard {target}")))?;
        let event = format!("to-{}", target.id);
        config["enhancements"] = drill_down(&event, &format!("Open {}", target.title));
        references
            .push(Reference::dashboard(format!("drilldown:{DRILL_DOWN}:{event}:dashboardId"), naming.id(&target.id)));
    }
    let panel = json!({
        "type": "lens",
        "title": title,
        "gridData": {"x": grid.x, "y": grid.y, "w": grid.w, "h": grid.h, "i": id},
        "panelIndex": id,
        "embeddableConfig": config,
    });
    Ok((panel, references.into_iter().map(|reference| reference.on_panel(id)).collect()))
}

/// A click on a value leads to another dashboard, with the value as a filter and over the same time.
fn drill_down(event: &str, name: &str) -> Value {
    let config = json!({"useCurrentFilters": true, "useCurrentDateRange": true, "openInNewTab": false});
    let action = json!({"factoryId": DRILL_DOWN, "name": name, "config": config});
    json!({"dynamicActions": {"events": [{"eventId": event, "triggers": ["FILTER_TRIGGER"], "action": action}]}})
}
