//! The versions of documents that stand in an index.

use std::collections::HashMap;

use fx_domain::clock::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::IndexError;
use crate::bulk::Standing;
use crate::client::Client;

#[derive(Deserialize)]
struct Answer {
    docs: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "_seq_no", default)]
    seq_no: Option<u64>,
    #[serde(rename = "_primary_term", default)]
    primary_term: Option<u64>,
    #[serde(rename = "_source", default)]
    source: HashMap<String, Timestamp>,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

/// The version of each document of these ids, in their order, as it stands in that field; `None` for one that is not there. One without a version
/// is older than any.
pub(crate) async fn versions(
    client: &Client,
    index: &str,
    field: &str,
    ids: &[&str],
) -> Result<Vec<Option<(Timestamp, Standing)>>, IndexError> {
    let wanted = format!(
        "_source_includes={field}&filter_path=docs._id,docs._seq_no,docs._primary_term,docs._source.{field},\
         docs.error.type"
    );
    let body = json!({"ids": ids}).to_string();
    let answer = client.post(&format!("/{index}/_mget?{wanted}"), body.into()).await?;
    let answer: Answer = client.well(&answer)?;
    if answer.docs.len() != ids.len() {
        return Err(client.failed(&format!("{} documents were asked for, {} told", ids.len(), answer.docs.len())));
    }
    if let Some(error) = answer.docs.iter().find_map(|found| found.error.as_ref()) {
        return Err(client.failed(&format!("versions: {error}")));
    }
    Ok(answer.docs.into_iter().map(|found| found.version(field)).collect())
}

impl Found {
    fn version(self, field: &str) -> Option<(Timestamp, Standing)> {
        let (seq_no, primary_term) = self.seq_no.zip(self.primary_term)?;
        let version = self.source.get(field).copied().unwrap_or(Timestamp::MIN_UTC);
        Some((version, Standing { seq_no, primary_term }))
    }
}
