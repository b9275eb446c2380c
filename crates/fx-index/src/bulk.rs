//! Bulk requests: how they are written, and what the server's answer says of each document.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;

use crate::client::cut;
use crate::document::Document;

/// Of each item what is needed to know what came of it.
pub(crate) const ANSWERED: &str = "filter_path=items.*.status,items.*._id,items.*.error.type,items.*.error.reason,\
     items.*.error.caused_by.reason";

/// A document that stands in the index: its id, and by what nobody else changes it meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) seq_no: u64,
    pub(crate) primary_term: u64,
}

/// What came of one document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is there.
    Written,
    /// Another of the same key is there, of this id.
    Exists(String),
    /// The index is not there.
    Missing,
    /// Not now: the server's reason, in a word and in full.
    Later { kind: String, reason: String },
    /// Never.
    Unmappable(String),
}

/// A request that writes documents only where there is none of their key.
pub(crate) fn create<'a>(documents: impl Iterator<Item = &'a Document>) -> Bytes {
    let mut body = Vec::new();
    for document in documents {
        match document.id {
            Some(id) => body.extend_from_slice(format!("{{\"create\":{{\"_id\":\"{id}\"}}}}\n").as_bytes()),
            None => body.extend_from_slice(b"{\"create\":{}}\n"),
        }
        body.extend_from_slice(&document.json);
        body.push(b'\n');
    }
    body.into()
}

/// A request that writes documents over those of their keys, as long as these are still the ones that were seen.
pub(crate) fn replace<'a>(documents: impl Iterator<Item = (&'a Document, &'a Standing)>) -> Bytes {
    let mut body = Vec::new();
    for (document, Standing { seq_no, primary_term }) in documents {
        let id = document.id.map(|id| format!("\"_id\":\"{id}\",")).unwrap_or_default();
        let head = format!("{{\"index\":{{{id}\"if_seq_no\":{seq_no},\"if_primary_term\":{primary_term}}}}}\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&document.json);
        body.push(b'\n');
    }
    body.into()
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
enum Item<'a> {
    #[serde(rename = "create", borrow)]
    Create(Answered<'a>),
    #[serde(rename = "index", borrow)]
    Index(Answered<'a>),
}

#[derive(Deserialize)]
struct Answered<'a> {
    status: u16,
    #[serde(rename = "_id", borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    error: Option<Refusal<'a>>,
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    reason: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    caused_by: Option<Cause<'a>>,
}

#[derive(Deserialize)]
struct Cause<'a> {
    #[serde(borrow, default)]
    reason: Option<Cow<'a, str>>,
}

/// What the answer says of each document, in the order of the request.
pub(crate) fn outcomes(answer: &[u8], documents: usize) -> Result<Vec<Outcome>, String> {
    let answer: Answer<'_> = serde_json::from_slice(answer).map_err(|error| format!("unreadable answer: {error}"))?;
    if answer.items.len() != documents {
        return Err(format!("the answer speaks of {} documents, {documents} were sent", answer.items.len()));
    }
    Ok(answer.items.into_iter().map(|(Item::Create(item) | Item::Index(item))| item.outcome()).collect())
}

impl Answered<'_> {
    fn outcome(self) -> Outcome {
        let Some(error) = self.error else {
            return match self.status {
                200..300 => Outcome::Written,
                status => Outcome::Later { kind: status.to_string(), reason: format!("{status} without a reason") },
            };
        };
        let reason = error.told(self.status);
        match (self.status, error.r#type.as_ref(), self.id) {
            (409, _, Some(id)) => Outcome::Exists(id.into_owned()),
            (404, "index_not_found_exception", _) => Outcome::Missing,
            // A closed index is opened again by whoever closed it.
            (400, kind, _) if kind != "index_closed_exception" => Outcome::Unmappable(reason),
            (_, kind, _) => Outcome::Later { kind: kind.to_owned(), reason },
        }
    }
}

impl Refusal<'_> {
    fn told(&self, status: u16) -> String {
        let cause = self.caused_by.as_ref().and_then(|cause| cause.reason.as_deref());
        let reason = self.reason.as_deref().unwrap_or_default();
        match cause.filter(|cause| !reason.contains(cause)) {
            Some(cause) => cut(&format!("{status} {}: {reason}: {cause}", self.r#type)),
            None => cut(&format!("{status} {}: {reason}", self.r#type)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_has_its_outcome() {
        let answer = br#"{"items":[
            {"create":{"_id":"a","status":201}},
            {"create":{"_id":"b","status":409,"error":{"type":"version_conflict_engine_exception","reason":"there"}}},
            {"index":{"_id":null,"status":404,"error":{"type":"index_not_found_exception","reason":"no"}}},
            {"index":{"_id":null,"status":400,"error":{"type":"document_parsing_exception","reason":"\"mid\"","caused_by":{"reason":"no number"}}}},
            {"index":{"_id":null,"status":400,"error":{"type":"index_closed_exception","reason":"closed"}}},
            {"create":{"_id":null,"status":429,"error":{"type":"es_rejected_execution_exception","reason":"full"}}},
            {"create":{"_id":null,"status":403,"error":{"type":"cluster_block_exception","reason":"blocked"}}}]}"#;
        let later = |kind: &str, reason: &str| Outcome::Later { kind: kind.to_owned(), reason: reason.to_owned() };
        let expected = vec![
            Outcome::Written,
            Outcome::Exists("b".to_owned()),
            Outcome::Missing,
            Outcome::Unmappable("400 document_parsing_exception: \"mid\": no number".to_owned()),
            later("index_closed_exception", "400 index_closed_exception: closed"),
            later("es_rejected_execution_exception", "429 es_rejected_execution_exception: full"),
            later("cluster_block_exception", "403 cluster_block_exception: blocked"),
        ];
        assert_eq!(outcomes(answer, 7), Ok(expected));
        assert!(outcomes(answer, 8).is_err() && outcomes(b"<html>", 1).is_err());
    }
}
