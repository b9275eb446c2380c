//! The strip at the top of every dashboard that leads to the others.

use serde_json::{Value, json};

use super::catalogue::Catalogue;
use super::definition::Dashboard;
use super::object::{Naming, Reference};

const ID: &str = "dashboards";

/// The panel, and what it needs.
pub(super) fn links(catalogue: &Catalogue, naming: Naming<'_>) -> (Value, Vec<Reference>) {
    let name = |target: &Dashboard| format!("link_{}_dashboard", target.id);
    let link = |(order, target): (usize, &Dashboard)| {
        json!({
            "id": target.id,
            "order": order,
            "label": target.title,
            "type": "dashboardLink",
            "destinationRefName": name(target),
            "options": {"openInNewTab": false, "useCurrentDateRange": false, "useCurrentFilters": true},
        })
    };
    let links: Vec<Value> = catalogue.dashboards.iter().enumerate().map(link).collect();
    let panel = json!({
        "type": "links",
        "gridData": {"x": 0, "y": 0, "w": 48, "h": 3, "i": ID},
        "panelIndex": ID,
        "embeddableConfig": {
            "attributes": {"layout": "horizontal", "links": links},
            "hidePanelTitles": true,
            "enhancements": {},
        },
        "title": "Dashboards",
    });
    let reference = |target: &Dashboard| Reference::dashboard(name(target), naming.id(&target.id)).on_panel(ID);
    (panel, catalogue.dashboards.iter().map(reference).collect())
}
