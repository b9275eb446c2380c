//! `[index]`: where rates and alert events are kept as time series, for Kibana.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::elasticsearch::ElasticsearchSettings;
use crate::error::Finding;
use crate::time_span;

/// `[index]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IndexSettings {
    /// What keeps the time series. Default `none`.
    pub backend: IndexBackend,
    /// How much time one index holds. Default `year`.
    pub period: IndexPeriod,
    /// How long time series are kept, by their source time; whole periods are dropped. Default: for ever.
    #[serde(with = "time_span::option")]
    pub retention: Option<Duration>,
    /// `[index.elasticsearch]`
    pub elasticsearch: ElasticsearchSettings,
}

impl IndexSettings {
    /// Nothing is demanded of a server that is not used.
    pub(crate) fn validate(&self) -> Vec<Finding> {
        if self.is_used() { self.elasticsearch.validate() } else { Vec::new() }
    }

    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        if self.is_used() { self.elasticsearch.read_secrets() } else { Vec::new() }
    }

    /// Whether there is an index at all.
    pub fn is_used(&self) -> bool {
        self.backend != IndexBackend::None
    }
}

/// What keeps the time series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexBackend {
    /// Nothing does.
    #[default]
    None,
    /// Indices of Elasticsearch.
    Elasticsearch,
}

/// How much time one index holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexPeriod {
    /// A calendar year, UTC.
    #[default]
    Year,
    /// A calendar month, UTC: for fast feeds.
    Month,
}

impl IndexPeriod {
    /// The name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
        }
    }
}
