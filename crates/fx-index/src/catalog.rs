//! Which indices there are, and what each holds.

use std::collections::BTreeMap;

use fx_config::IndexPeriod;
use fx_domain::clock::Timestamp;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::family::{Family, PRODUCT};
use crate::period::Period;
use crate::{IndexError, metrics};

/// An index of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) name: String,
    /// From then on.
    pub(crate) start: Timestamp,
    /// Until then.
    pub(crate) end: Timestamp,
    /// The version of its mapping.
    pub(crate) version: u64,
    /// Whether it stands behind the family's alias.
    pub(crate) has_alias: bool,
}

impl Known {
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        (self.start..self.end).contains(&at)
    }
}

/// The indices as they were when the server was last asked.
pub(crate) struct Catalog {
    prefix: String,
    period: IndexPeriod,
    known: Mutex<Vec<(Family, Known)>>,
}

#[derive(Deserialize)]
struct Listed {
    aliases: BTreeMap<String, Value>,
    mappings: Value,
    settings: BTreeMap<String, Value>,
}

impl Catalog {
    pub(crate) fn new(prefix: String, period: IndexPeriod) -> Self {
        Self { prefix, period, known: Mutex::default() }
    }

    /// The index that holds `at`, made where there is none; `None` where no index can hold it.
    pub(crate) async fn index_of(
        &self,
        client: &Client,
        family: Family,
        at: Timestamp,
    ) -> Result<Option<Known>, IndexError> {
        if let Some(known) = self.find(family, at) {
            return Ok(Some(known));
        }
        let listed = self.list(client, family).await?;
        if let Some(known) = self.find(family, at) {
            return Ok(Some(known));
        }
        let Some(period) = self.free_period(&listed, at) else { return Ok(None) };
        self.make(client, family, period).await.map(Some)
    }

    /// Every index of the family, as the server says now.
    ///
    /// # Errors
    /// [`IndexError::Foreign`] for one that stands where ours would.
    pub(crate) async fn list(&self, client: &Client, family: Family) -> Result<Vec<Known>, IndexError> {
        let name = family.name(&self.prefix);
        let path = format!(
            "/{name},{name}-*?ignore_unavailable=true&allow_no_indices=true&expand_wildcards=all&flat_settings=true"
        );
        let listed: BTreeMap<String, Listed> = client.well(&client.get(&path).await?)?;
        let mut all = Vec::new();
        for (index, listed) in listed {
            let label = index.strip_prefix(&format!("{name}-")).and_then(Period::parse);
            let has_alias = listed.aliases.contains_key(&name);
            let is_ours = listed.mappings["_meta"]["product"] == PRODUCT && index != name;
            if !is_ours && (label.is_some() || has_alias || index == name) {
                let what =
                    if has_alias { format!("index {index} with alias {name}") } else { format!("index {index}") };
                return Err(client.foreign(what));
            }
            let bounds = listed.bounds(family).or_else(|| label.map(Period::bounds));
            if let Some((start, end)) = bounds.filter(|_| is_ours) {
                let version = listed.mappings["_meta"]["version"].as_u64().unwrap_or(0);
                all.push(Known { name: index, start, end, version, has_alias });
            }
        }
        let mut known = self.known.lock();
        known.retain(|(other, _)| *other != family);
        known.extend(all.iter().map(|index| (family, index.clone())));
        Ok(all)
    }

    /// Asks the server again before this index is used again.
    pub(crate) fn forget(&self, name: &str) {
        self.known.lock().retain(|(_, known)| known.name != name);
    }

    fn find(&self, family: Family, at: Timestamp) -> Option<Known> {
        let known = self.known.lock();
        known.iter().find(|(other, known)| *other == family && known.holds(at)).map(|(_, known)| known.clone())
    }

    /// The period for a new index. Where years have become months, or months years, a year that begins with months
    /// goes on with months: no time is to belong to two indices.
    fn free_period(&self, listed: &[Known], at: Timestamp) -> Option<Period> {
        let wanted = Period::of(at, self.period)?;
        let (start, end) = wanted.bounds();
        let is_taken = listed.iter().any(|known| known.start < end && start < known.end);
        if is_taken { Period::of(at, IndexPeriod::Month) } else { Some(wanted) }
    }

    async fn make(&self, client: &Client, family: Family, period: Period) -> Result<Known, IndexError> {
        let name = format!("{}-{}", family.name(&self.prefix), period.label());
        let answer = client.put(&format!("/{name}"), &family.index(&self.prefix, period)).await?;
        if answer.is_error("resource_already_exists_exception") {
            // Somebody was faster: what it is, the server tells.
            let listed = self.list(client, family).await?;
            let found = listed.into_iter().find(|known| known.name == name);
            return found.ok_or_else(|| client.failed(&answer.reason()));
        }
        client.accepted(&answer)?;
        tracing::info!(index = name, "made an index");
        metrics::index_made();
        let (start, end) = period.bounds();
        let made = Known { name, start, end, version: crate::family::VERSION, has_alias: true };
        self.known.lock().push((family, made.clone()));
        Ok(made)
    }
}

impl Listed {
    /// What a time-series index says of itself.
    fn bounds(&self, family: Family) -> Option<(Timestamp, Timestamp)> {
        let time = |name: &str| self.settings.get(&format!("index.time_series.{name}"))?.as_str()?.parse().ok();
        if family == Family::Rates { time("start_time").zip(time("end_time")) } else { None }
    }
}
