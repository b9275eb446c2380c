//! What is still to be written.

use std::collections::{BTreeMap, VecDeque};

use fx_domain::alert::Transition;
use fx_domain::delivery::Delivery;
use fx_domain::rate::EnrichedBatch;

use crate::catalog::Known;
use crate::document::{self, Document};

/// Documents on their way. What is written is taken out, so that whatever goes wrong, the rest can be written later.
#[derive(Debug, Default)]
pub struct Pending {
    /// In the order of their time, so that those of one index stand together.
    documents: VecDeque<Document>,
    refused: BTreeMap<usize, String>,
}

impl Pending {
    /// The rates of some messages, each key once, in its newest version.
    ///
    /// # Errors
    /// What cannot be JSON.
    pub fn of_rates(batches: &[EnrichedBatch]) -> serde_json::Result<Self> {
        document::of_rates(batches).map(Self::of)
    }

    /// The transitions of some messages.
    ///
    /// # Errors
    /// What cannot be JSON.
    pub fn of_alerts(transitions: &[Transition]) -> serde_json::Result<Self> {
        document::of_alerts(transitions).map(Self::of)
    }

    /// The deliveries of some messages, each once, in its newest version.
    ///
    /// # Errors
    /// What cannot be JSON.
    pub fn of_deliveries(deliveries: &[Delivery]) -> serde_json::Result<Self> {
        document::of_deliveries(deliveries).map(Self::of)
    }

    fn of(mut documents: Vec<Document>) -> Self {
        documents.sort_by_key(|document| document.at);
        Self { documents: documents.into(), refused: BTreeMap::new() }
    }

    /// How many documents are still to be written.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether all are written or refused.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// The places of the messages with documents that no index takes, each once, with the reason.
    pub fn into_refused(self) -> Vec<(usize, String)> {
        self.refused.into_iter().collect()
    }

    pub(crate) fn first(&self) -> Option<&Document> {
        self.documents.front()
    }

    /// The next documents of one index: at least one, at most so many, and so many bytes.
    pub(crate) fn take(&mut self, index: &Known, most: usize, most_bytes: usize) -> Vec<Document> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while let Some(next) = self.documents.front() {
            bytes += next.json.len();
            let is_too_much = !taken.is_empty() && (taken.len() >= most || bytes > most_bytes);
            if is_too_much || !index.holds(next.at) {
                break;
            }
            taken.extend(self.documents.pop_front());
        }
        taken
    }

    /// What could not be written is the next to be written.
    pub(crate) fn put_back(&mut self, documents: impl DoubleEndedIterator<Item = Document>) {
        for document in documents.rev() {
            self.documents.push_front(document);
        }
    }

    pub(crate) fn refuse(&mut self, document: &Document, reason: String) {
        self.refused.entry(document.origin).or_insert(reason);
    }

    pub(crate) fn refuse_first(&mut self, reason: String) {
        if let Some(document) = self.documents.pop_front() {
            self.refuse(&document, reason);
        }
    }
}
