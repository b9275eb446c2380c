//! Data views and dashboards for one installation.

use fx_config::KibanaSettings;

use super::catalogue::Catalogue;
use super::client::Client;
use super::error::KibanaError;
use super::import::{import, named};
use super::object::{Naming, SavedObject, ndjson, objects};
use super::ready::{Patience, ready};

/// What [`provision`] would send, as Kibana imports it; no server is asked. `prefix` stands before the names of the indices.
///
/// # Errors
/// [`KibanaError::Definition`].
pub fn plan(settings: &KibanaSettings, prefix: &str) -> Result<String, KibanaError> {
    ndjson(&wanted(settings, prefix)?)
}

/// What [`provision`] would import, a line for each object; no server is asked.
///
/// # Errors
/// [`KibanaError::Definition`].
pub fn steps(settings: &KibanaSettings, prefix: &str) -> Result<Vec<String>, KibanaError> {
    let objects = wanted(settings, prefix)?;
    Ok(objects.iter().map(|object| format!("{} {}", named(object.kind), object.id)).collect())
}

/// Waits until Kibana is available, imports everything over what has the same ids, and says what it did. May run again
/// at any time; what stands under other ids is not touched. While it waits, `heard` is told why.
///
/// # Errors
/// Not available in time, not the right server or user, or objects that Kibana refuses.
pub async fn provision(
    settings: &KibanaSettings,
    prefix: &str,
    heard: &(dyn Fn(&str) + Sync),
) -> Result<Vec<String>, KibanaError> {
    let objects = wanted(settings, prefix)?;
    let client = Client::try_new(settings)?;
    let mut patience = Patience::new(settings.patience, heard);
    let version = ready(&client, &mut patience).await?;
    tracing::debug!(version, "kibana is available");
    import(&client, &objects, &mut patience).await
}

fn wanted(settings: &KibanaSettings, prefix: &str) -> Result<Vec<SavedObject>, KibanaError> {
    objects(&Catalogue::read()?, Naming { prefix, space: &settings.space })
}
