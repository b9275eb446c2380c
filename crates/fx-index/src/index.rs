//! The index: writing to it, keeping it short, asking how it is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use fx_config::IndexSettings;
use fx_domain::clock::Timestamp;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::bulk::{self, Outcome};
use crate::catalog::{Catalog, Known};
use crate::client::Client;
use crate::document::Document;
use crate::family::Family;
use crate::{IndexError, Pending, metrics, provision, standing};

/// Indices on Elasticsearch, one for each period of each [`Family`].
pub struct Index {
    client: Client,
    catalog: Catalog,
    prefix: String,
    /// One at a time, so that the other finds nothing to do.
    provisioning: Mutex<()>,
    most_documents: usize,
    most_bytes: usize,
    /// How many documents are sent at once at present.
    at_once: AtomicUsize,
}

impl Index {
    /// Prepares the way to the server, which need not answer yet.
    ///
    /// # Errors
    /// A certificate that cannot be used.
    pub fn connect(settings: &IndexSettings) -> Result<Self, IndexError> {
        let server = &settings.elasticsearch;
        Ok(Self {
            client: Client::try_new(server)?,
            catalog: Catalog::new(server.prefix.clone(), settings.period),
            prefix: server.prefix.clone(),
            provisioning: Mutex::default(),
            most_documents: server.bulk_documents,
            most_bytes: server.bulk_bytes,
            at_once: AtomicUsize::new(server.bulk_documents),
        })
    }

    /// Makes the index templates, and brings what is older to this program's version. Says what was done; nothing where
    /// all is as it should be.
    ///
    /// # Errors
    /// The server is not to be reached or refuses, or something of a name of ours is somebody else's.
    pub async fn provision(&self) -> Result<Vec<String>, IndexError> {
        let _turn = self.provisioning.lock().await;
        provision::provision(&self.client, &self.catalog, &self.prefix).await
    }

    /// Writes until nothing is pending: each document where none of its key stands, or in place of an older version of
    /// it. What no index can hold is refused in `pending`.
    ///
    /// # Errors
    /// The server did not take everything. What it did take is no longer pending; the rest goes in smaller pieces next
    /// time.
    pub async fn write(&self, pending: &mut Pending) -> Result<(), IndexError> {
        let mut missing = None;
        while let Some(first) = pending.first() {
            let (family, at) = (first.family, first.at);
            let Some(index) = self.catalog.index_of(&self.client, family, at).await? else {
                metrics::documents("refused", 1);
                pending.refuse_first(format!("{at} is not between 1970 and 2261, which is what an index can hold"));
                continue;
            };
            let documents = pending.take(&index, self.at_once.load(Ordering::Relaxed), self.most_bytes);
            let count = documents.len();
            let written = self.write_some(&index, documents, pending).await;
            match written {
                Ok(Missed::Nothing) => self.faster(),
                // Made again at once, but no more than that: who takes it away has a reason.
                Ok(Missed::Index) if missing.as_ref() != Some(&index.name) => missing = Some(index.name),
                Ok(Missed::Index) => return Err(self.client.failed(&format!("index {} is gone again", index.name))),
                Err(error) => {
                    self.at_once.store((count / 2).max(1), Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn faster(&self) {
        let at_once = self.at_once.load(Ordering::Relaxed).saturating_mul(2);
        self.at_once.store(at_once.min(self.most_documents), Ordering::Relaxed);
    }

    /// One bulk. What is not written is pending again.
    async fn write_some(
        &self,
        index: &Known,
        documents: Vec<Document>,
        pending: &mut Pending,
    ) -> Result<Missed, IndexError> {
        let outcomes = match self.bulk(index, bulk::create(documents.iter()), documents.len()).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                pending.put_back(documents.into_iter());
                return Err(error);
            }
        };
        let mut sorted = Sorted::default();
        sorted.sort(documents.into_iter().zip(outcomes), pending, "written");
        let standing = std::mem::take(&mut sorted.standing);
        if !standing.is_empty() {
            self.replace_older(index, standing, &mut sorted, pending).await?;
        }
        self.finish(index, sorted, pending)
    }

    /// Those of which another version stands there: they replace it where that is older.
    async fn replace_older(
        &self,
        index: &Known,
        there: Vec<(Document, String)>,
        sorted: &mut Sorted,
        pending: &mut Pending,
    ) -> Result<(), IndexError> {
        let Some(field) = there.first().and_then(|(document, _)| document.family.version_field()) else {
            metrics::documents("kept", there.len());
            return Ok(());
        };
        let ids: Vec<&str> = there.iter().map(|(_, id)| id.as_str()).collect();
        let versions = match standing::versions(&self.client, &index.name, field, &ids).await {
            Ok(versions) => versions,
            Err(error) => {
                let (documents, _): (Vec<_>, Vec<_>) = there.into_iter().unzip();
                pending.put_back(documents.into_iter().chain(sorted.later.drain(..)));
                return Err(error);
            }
        };
        let (mut older, mut kept) = (Vec::new(), 0);
        for ((document, _), version) in there.into_iter().zip(versions) {
            match version {
                Some((version, _)) if version >= document.version => kept += 1,
                Some((_, standing)) => older.push((document, standing)),
                // It is gone meanwhile.
                None => sorted.later.push(document),
            }
        }
        metrics::documents("kept", kept);
        if older.is_empty() {
            return Ok(());
        }
        let body = bulk::replace(older.iter().map(|(document, standing)| (document, standing)));
        let outcomes = self.bulk(index, body, older.len()).await;
        let (documents, _): (Vec<_>, Vec<_>) = older.into_iter().unzip();
        match outcomes {
            Ok(outcomes) => sorted.sort(documents.into_iter().zip(outcomes), pending, "replaced"),
            Err(error) => {
                pending.put_back(documents.into_iter().chain(sorted.later.drain(..)));
                return Err(error);
            }
        }
        // Somebody was there in between: what stands there now is looked at anew.
        sorted.later.extend(sorted.standing.drain(..).map(|(document, _)| document));
        Ok(())
    }

    fn finish(&self, index: &Known, sorted: Sorted, pending: &mut Pending) -> Result<Missed, IndexError> {
        pending.put_back(sorted.later.into_iter());
        if sorted.is_missing {
            self.catalog.forget(&index.name);
            return Ok(Missed::Index);
        }
        match sorted.reason {
            Some(reason) => Err(self.client.failed(&reason)),
            None => Ok(Missed::Nothing),
        }
    }

    async fn bulk(&self, index: &Known, body: bytes::Bytes, documents: usize) -> Result<Vec<Outcome>, IndexError> {
        let begun = Instant::now();
        let path = format!("/{}/_bulk?timeout={}&{}", index.name, self.client.patience(), bulk::ANSWERED);
        let answer = self.client.post(&path, body).await?;
        metrics::bulk(begun.elapsed());
        bulk::outcomes(&self.client.accepted(&answer)?.body, documents).map_err(|reason| self.client.failed(&reason))
    }

    /// Drops every index whose whole period is before `before`, and names it.
    ///
    /// # Errors
    /// The server is not to be reached or refuses.
    pub async fn drop_before(&self, before: Timestamp) -> Result<Vec<String>, IndexError> {
        let mut dropped = Vec::new();
        for family in Family::ALL {
            for index in self.catalog.list(&self.client, family).await? {
                if index.end > before {
                    continue;
                }
                let answer = self.client.delete(&format!("/{}", index.name)).await?;
                self.catalog.forget(&index.name);
                if answer.status != 404 {
                    self.client.accepted(&answer)?;
                    metrics::index_dropped();
                    dropped.push(index.name);
                }
            }
        }
        Ok(dropped)
    }

    /// Asks whether the server is there and lets these indices be written.
    ///
    /// # Errors
    /// It does not answer, or its disk is too full for it to take anything.
    pub async fn check(&self) -> Result<(), IndexError> {
        const FULL: &str = "index.blocks.read_only_allow_delete";
        let ours = Family::ALL.map(|family| format!("{}-*", family.name(&self.prefix))).join(",");
        let path = format!("/{ours}/_settings/{FULL}?flat_settings=true&expand_wildcards=open");
        let blocked: Value = self.client.well(&self.client.get(&path).await?)?;
        let is_full = |index: &&String| blocked[*index]["settings"][FULL] == "true";
        match blocked.as_object().and_then(|indices| indices.keys().find(is_full)) {
            Some(index) => Err(self.client.failed(&format!("index {index} is blocked, the server's disk is full"))),
            None => Ok(()),
        }
    }
}

/// What a bulk did not find.
enum Missed {
    Nothing,
    Index,
}

/// The documents of a bulk that are not written, by what came of them.
#[derive(Default)]
struct Sorted {
    standing: Vec<(Document, String)>,
    later: Vec<Document>,
    is_missing: bool,
    /// Why the first of those that come later do.
    reason: Option<String>,
}

impl Sorted {
    fn sort(
        &mut self,
        documents: impl Iterator<Item = (Document, Outcome)>,
        pending: &mut Pending,
        well: &'static str,
    ) {
        let (mut written, mut refused) = (0, 0);
        for (document, outcome) in documents {
            match outcome {
                Outcome::Written => written += 1,
                Outcome::Exists(id) => self.standing.push((document, id)),
                Outcome::Missing => {
                    self.is_missing = true;
                    self.later.push(document);
                }
                Outcome::Later { kind, reason } => {
                    metrics::rejected(&kind);
                    self.reason.get_or_insert(reason);
                    self.later.push(document);
                }
                Outcome::Unmappable(reason) => {
                    refused += 1;
                    pending.refuse(&document, reason);
                }
            }
        }
        metrics::documents(well, written);
        metrics::documents("refused", refused);
    }
}
