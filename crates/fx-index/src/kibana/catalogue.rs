//! The definitions that stand in the repository.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::definition::{Dashboard, DataView};
use super::error::KibanaError;

/// Everything that Kibana shows.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// What the panels read.
    pub data_views: Vec<DataView>,
    /// The dashboards, in the order of the links between them.
    pub dashboards: Vec<Dashboard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataViews {
    data_views: Vec<DataView>,
}

impl Catalogue {
    /// Reads what was compiled in.
    ///
    /// # Errors
    /// A file that says something else than a dashboard.
    pub fn read() -> Result<Self, KibanaError> {
        let views: DataViews = file("data-views.toml", include_str!("../../kibana/data-views.toml"))?;
        let dashboards = [
            file("rates.toml", include_str!("../../kibana/rates.toml"))?,
            file("alerts.toml", include_str!("../../kibana/alerts.toml"))?,
        ];
        Ok(Self { data_views: views.data_views, dashboards: dashboards.into() })
    }

    /// Whether what is chosen above the panels can be asked of this data view: a filter by a field that it does not have
    /// would empty its panels, so that these go by the time alone.
    pub fn is_filtered(&self, view: &DataView) -> bool {
        let mut controls = self.dashboards.iter().flat_map(|dashboard| &dashboard.controls);
        controls.all(|control| view.fields.contains_key(&control.field))
    }

    /// The data view of that id.
    ///
    /// # Errors
    /// There is none.
    pub fn data_view(&self, id: &str) -> Result<&DataView, KibanaError> {
        let found = self.data_views.iter().find(|view| view.id == id);
        found.ok_or_else(|| KibanaError::Definition(format!("there is no data view {id}")))
    }
}

fn file<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, KibanaError> {
    toml::from_str(text).map_err(|error| KibanaError::Definition(format!("kibana/{name}: {error}")))
}
