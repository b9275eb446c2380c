//! The last answer, and what of it has changed since.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use fx_domain::pair::Pair;
use fx_domain::rate::Quality;

use super::records;
use crate::Latest;

/// What one reading found, all at one moment.
pub(super) struct Reading {
    /// Since when the cache is warm.
    pub(super) since: String,
    /// The revision of each source.
    pub(super) revisions: HashMap<String, u64>,
    /// All rates of the sources that were asked for.
    pub(super) rates: Vec<(String, Vec<Vec<u8>>)>,
}

/// What was read last.
#[derive(Default)]
pub(super) struct Snapshot {
    since: String,
    sources: BTreeMap<String, (u64, Vec<Latest>)>,
    whole: Arc<Vec<Latest>>,
}

impl Snapshot {
    /// The sources that must be read too before the snapshot can take this reading in.
    pub(super) fn missing(&self, reading: &Reading) -> BTreeSet<String> {
        let is_known = |source: &String, revision: &u64| {
            self.since == reading.since && self.sources.get(source).is_some_and(|(known, _)| known == revision)
        };
        let was_read = |source: &String| reading.rates.iter().any(|(read, _)| read == source);
        let missing =
            reading.revisions.iter().filter(|(source, revision)| !is_known(source, revision) && !was_read(source));
        missing.map(|(source, _)| source.clone()).collect()
    }

    /// Takes in a reading from which nothing is missing, and answers what is latest.
    pub(super) fn take_in(&mut self, reading: Reading) -> Result<Arc<Vec<Latest>>, serde_json::Error> {
        if reading.rates.is_empty() && self.since == reading.since {
            return Ok(Arc::clone(&self.whole));
        }
        let mut read = Vec::with_capacity(reading.rates.len());
        for (source, values) in reading.rates {
            let revision = reading.revisions.get(&source).copied().unwrap_or_default();
            read.push((source, (revision, latest(&values)?)));
        }
        if self.since != reading.since {
            self.sources.clear();
            self.since = reading.since;
        }
        self.sources.extend(read);
        let mut whole: Vec<Latest> = self.sources.values().flat_map(|(_, latest)| latest).cloned().collect();
        whole.sort_by(|a, b| a.key().cmp(&b.key()));
        self.whole = Arc::new(whole);
        Ok(Arc::clone(&self.whole))
    }
}

fn latest(values: &[Vec<u8>]) -> Result<Vec<Latest>, serde_json::Error> {
    let mut pairs: BTreeMap<Pair, Latest> = BTreeMap::new();
    for value in values {
        let record = records::record(value)?;
        let latest = pairs.entry(record.rate.pair).or_default();
        let place = if record.rate.quality == Quality::Suspect { &mut latest.held } else { &mut latest.accepted };
        *place = Some(record);
    }
    Ok(pairs.into_values().collect())
}
