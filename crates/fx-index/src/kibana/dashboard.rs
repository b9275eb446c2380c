//! The saved object of a dashboard.

use serde_json::{Value, json};

use super::catalogue::Catalogue;
use super::controls::controls;
use super::definition::Dashboard;
use super::error::KibanaError;
use super::links::links;
use super::object::{Naming, SavedObject};
use super::panel::panel;
use super::text::text;

const VERSION: &str = "10.2.0";

/// How often a dashboard asks again, in milliseconds.
const REFRESH: u32 = 30_000;

pub(super) fn dashboard(
    definition: &Dashboard,
    catalogue: &Catalogue,
    naming: Naming<'_>,
) -> Result<SavedObject, KibanaError> {
    let (strip, mut references) = links(catalogue, naming);
    let mut panels = vec![strip];
    for shown in &definition.panels {
        let (panel, needed) = panel(shown, catalogue, naming)?;
        panels.push(panel);
        references.extend(needed);
    }
    let (group, needed) = controls(&definition.controls, naming);
    references.extend(needed);
    let search = json!({"query": {"query": "", "language": "kuery"}, "filter": []});
    let attributes = json!({
        "title": definition.title,
        "description": definition.description,
        "version": 2,
        "timeRestore": true,
        "timeFrom": definition.from,
        "timeTo": "now",
        "refreshInterval": {"pause": false, "value": REFRESH},
        "optionsJSON": text(options()),
        "panelsJSON": text(Value::Array(panels)),
        "controlGroupInput": group,
        "kibanaSavedObjectMeta": {"searchSourceJSON": text(search)},
    });
    Ok(SavedObject::new("dashboard", VERSION, naming.id(&definition.id), attributes, references))
}

/// One cursor over all pictures, and one colour for a pair in all of them.
fn options() -> Value {
    json!({
        "useMargins": true, "syncColors": true, "syncCursor": true, "syncTooltips": false, "hidePanelTitles": false,
    })
}
