//! The templates, and the mappings of the indices that there are, brought to this program's version.

use fx_config::IndexSettings;
use serde_json::Value;

use crate::catalog::Catalog;
use crate::client::Client;
use crate::family::{Family, PRODUCT, VERSION};
use crate::{IndexError, metrics};

/// Says what [`Index::provision`](crate::Index::provision) makes sure of, and asks nobody.
pub fn plan(settings: &IndexSettings) -> Vec<String> {
    let prefix = &settings.elasticsearch.prefix;
    let period = settings.period.name();
    let step = |family: Family| {
        let name = family.name(prefix);
        format!("index template {name}, version {VERSION}: for {name}-*, one index for each {period}, alias {name}")
    };
    Family::ALL.map(step).into()
}

/// Says what was done; nothing where all is as it should be.
pub(crate) async fn provision(client: &Client, catalog: &Catalog, prefix: &str) -> Result<Vec<String>, IndexError> {
    let mut done = Vec::new();
    for family in Family::ALL {
        // Whatever is not ours is found before anything is changed.
        let indices = catalog.list(client, family).await?;
        done.extend(template(client, family, prefix).await?);
        let name = family.name(prefix);
        for index in indices {
            if index.version < VERSION {
                client.accepted(&client.put(&format!("/{}/_mapping", index.name), &family.mappings()).await?)?;
                done.push(format!("index {}: mapping brought to version {VERSION}", index.name));
            }
            if !index.has_alias {
                let path = format!("/{}/_alias/{name}", index.name);
                client.accepted(&client.put(&path, &Value::Object(serde_json::Map::new())).await?)?;
                done.push(format!("index {}: alias {name}", index.name));
            }
        }
    }
    for step in &done {
        tracing::info!(step, "provisioned elasticsearch");
        metrics::provisioned();
    }
    Ok(done)
}

async fn template(client: &Client, family: Family, prefix: &str) -> Result<Option<String>, IndexError> {
    let name = family.name(prefix);
    let path = format!("/_index_template/{name}");
    let answer = client.get(&path).await?;
    let is_missing = answer.status == 404;
    if !is_missing {
        let listed: Value = client.well(&answer)?;
        let meta = &listed["index_templates"][0]["index_template"]["_meta"];
        if meta["product"] != PRODUCT {
            return Err(client.foreign(format!("index template {name}")));
        }
        // A newer program knows better.
        if meta["version"].as_u64().unwrap_or(0) >= VERSION {
            return Ok(None);
        }
    }
    client.accepted(&client.put(&path, &family.template(prefix)).await?)?;
    let what = if is_missing { "made" } else { "brought" };
    Ok(Some(format!("index template {name}: {what} {}version {VERSION}", if is_missing { "in " } else { "to " })))
}
