//! The topics, by the names that others program against.

use std::fmt;

/// A topic of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// What feeds said, keyed by source.
    Rates,
    /// The same with crosses, volatility and quality, split by pair.
    RatesEnriched,
    /// The enricher's state, compacted: the newest per source.
    State,
    /// Alert transitions, keyed by alert.
    AlertEvents,
    /// Deliveries that are finished, keyed by delivery.
    Deliveries,
    /// What could not be processed, with the reason.
    RatesDlq,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 6] =
        [Self::Rates, Self::RatesEnriched, Self::State, Self::AlertEvents, Self::Deliveries, Self::RatesDlq];

    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rates => "fx-rates",
            Self::RatesEnriched => "fx-rates-enriched",
            Self::State => "fx-state",
            Self::AlertEvents => "fx-alert-events",
            Self::Deliveries => "fx-deliveries",
            Self::RatesDlq => "fx-rates-dlq",
        }
    }

    /// Whether only the newest message of each key is kept.
    pub fn is_compacted(self) -> bool {
        self == Self::State
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
