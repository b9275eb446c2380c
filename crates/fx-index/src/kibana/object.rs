//! Saved objects, as they travel.

use serde::Serialize;
use serde_json::Value;

use super::catalogue::Catalogue;
use super::dashboard::dashboard;
use super::data_view::data_view;
use super::error::KibanaError;
use super::text::sorted;

/// The version of the whole document that every type here has in 8.15.
const CORE_VERSION: &str = "8.8.0";

/// What tells the objects of one installation from those of another.
#[derive(Clone, Copy, Debug)]
pub struct Naming<'a> {
    /// Stands before the names of the indices, and so before every id.
    pub prefix: &'a str,
    /// The space: an id is in one space only, so that those of other spaces than `default` end with its name.
    pub space: &'a str,
}

impl Naming<'_> {
    /// The id under which `id` is stored.
    pub(super) fn id(&self, id: &str) -> String {
        let space = if self.space == "default" { String::new() } else { format!("-{}", self.space) };
        format!("{}{id}{space}", self.prefix)
    }

    /// The name of an alias.
    pub(super) fn alias(&self, alias: &str) -> String {
        format!("{}{alias}", self.prefix)
    }
}

/// A data view or a dashboard.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedObject {
    /// `index-pattern` or `dashboard`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What it holds.
    pub attributes: Value,
    /// What it needs.
    pub references: Vec<Reference>,
    /// Kibana offers to copy it rather than to change it: a change would be gone with the next import.
    pub managed: bool,
    core_migration_version: &'static str,
    type_migration_version: &'static str,
}

impl SavedObject {
    pub(super) fn new(
        kind: &'static str,
        version: &'static str,
        id: String,
        attributes: Value,
        references: Vec<Reference>,
    ) -> Self {
        let (core_migration_version, type_migration_version) = (CORE_VERSION, version);
        Self { kind, id, attributes, references, managed: true, core_migration_version, type_migration_version }
    }
}

/// A reference to another object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// By which what stands in the object names it.
    pub name: String,
    /// The type of the other.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The id of the other.
    pub id: String,
}

impl Reference {
    /// To a data view.
    pub(super) fn data_view(name: String, id: String) -> Self {
        Self { name, kind: "index-pattern", id }
    }

    /// To a dashboard.
    pub(super) fn dashboard(name: String, id: String) -> Self {
        Self { name, kind: "dashboard", id }
    }

    /// As the dashboard names it which stands around what names it so.
    pub(super) fn on_panel(mut self, panel: &str) -> Self {
        self.name = format!("{panel}:{}", self.name);
        self
    }
}

/// Everything that stands in `catalogue`.
///
/// # Errors
/// A definition that does not hold together.
pub fn objects(catalogue: &Catalogue, naming: Naming<'_>) -> Result<Vec<SavedObject>, KibanaError> {
    let views = catalogue.data_views.iter().map(|view| Ok(data_view(view, naming)));
    views.chain(catalogue.dashboards.iter().map(|definition| dashboard(definition, catalogue, naming))).collect()
}

/// The objects as Kibana imports them: one on each line.
///
/// # Errors
/// An object that cannot be written as JSON.
pub fn ndjson(objects: &[SavedObject]) -> Result<String, KibanaError> {
    let line = |object| Ok(format!("{}\n", sorted(serde_json::to_value(object)?)));
    let lines: Result<String, serde_json::Error> = objects.iter().map(line).collect();
    lines.map_err(|error| KibanaError::Definition(error.to_string()))
}
