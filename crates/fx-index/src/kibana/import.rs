//! Putting objects there. Kibana answers 200 whatever became of them: every answer is read.

use serde::Deserialize;
use serde_json::Value;

use super::client::{Answer, Client};
use super::error::KibanaError;
use super::object::{SavedObject, ndjson};
use super::ready::Patience;

/// What an import answers, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Outcome {
    success: bool,
    success_count: usize,
    success_results: Vec<Imported>,
    errors: Vec<Failed>,
    warnings: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Imported {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[serde(default)]
    overwrite: bool,
    destination_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Failed {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[serde(default)]
    error: Value,
}

/// Imports `objects` over those of the same ids, and says what became of each.
pub(super) async fn import(
    client: &Client<'_>,
    objects: &[SavedObject],
    patience: &mut Patience<'_>,
) -> Result<Vec<String>, KibanaError> {
    let file = ndjson(objects)?;
    loop {
        match client.import(&file).await {
            Err(error) => patience.wait_for(client, error).await?,
            Ok(answer) if answer.is_for_now() => {
                let status = answer.status.as_u16();
                patience.wait(client, format!("it answers {status}: {}", answer.why())).await?;
            }
            Ok(answer) => return judged(answer, client.url(), objects.len()),
        }
    }
}

fn judged(mut answer: Answer, url: String, sent: usize) -> Result<Vec<String>, KibanaError> {
    let status = answer.status.as_u16();
    match status {
        200 if answer.json["success"].is_boolean() => {}
        200 => return Err(KibanaError::NotKibana { url, why: format!("an import answers {}", answer.why()) }),
        401 | 403 => return Err(KibanaError::Forbidden { url, status, why: answer.why() }),
        _ => return Err(KibanaError::Refused { url, status, why: answer.why() }),
    }
    let outcome: Outcome = serde_json::from_value(answer.json.take())
        .map_err(|error| KibanaError::NotKibana { url, why: format!("an import answers something else: {error}") })?;
    let mut failed: Vec<String> = outcome.errors.iter().map(told_failure).collect();
    if failed.is_empty() && (!outcome.success || outcome.success_count != sent) {
        failed.push(format!("{} of {sent} objects were imported, and kibana says no more", outcome.success_count));
    }
    if !failed.is_empty() {
        return Err(KibanaError::NotImported(failed));
    }
    let warnings = outcome.warnings.iter().filter_map(|warning| warning["message"].as_str());
    Ok(outcome.success_results.iter().map(told).chain(warnings.map(|text| format!("kibana warns: {text}"))).collect())
}

fn told(imported: &Imported) -> String {
    let done = if imported.overwrite { "replaced" } else { "created" };
    let elsewhere = imported.destination_id.as_ref().filter(|id| **id != imported.id);
    let elsewhere = elsewhere.map_or_else(String::new, |id| format!(" as {id}"));
    format!("{} {}: {done}{elsewhere}", named(&imported.kind), imported.id)
}

fn told_failure(failed: &Failed) -> String {
    let (kind, id, error) = (named(&failed.kind), &failed.id, &failed.error);
    let why = match error["type"].as_str() {
        Some("conflict" | "ambiguous_conflict") => "another object has its place".to_owned(),
        Some("missing_references") => {
            let missing = error["references"].as_array().into_iter().flatten();
            let missing: Vec<_> = missing.filter_map(|missing| missing["id"].as_str()).collect();
            format!("it needs {}, which is not there", missing.join(", "))
        }
        Some("unsupported_type") => "this kibana does not know such objects".to_owned(),
        _ => error["message"].as_str().unwrap_or("kibana does not say why").to_owned(),
    };
    format!("{kind} {id}: {why}")
}

/// The name for people: Kibana's own is older than what it stands for.
pub(super) fn named(kind: &str) -> &str {
    if kind == "index-pattern" { "data view" } else { kind }
}
