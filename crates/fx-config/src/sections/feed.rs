//! `[feeds.NAME]`: one feed.

use std::path::PathBuf;
use std::time::Duration;

use fx_domain::currency::Currency;
use fx_domain::feed::{FeedKind, Market};
use fx_domain::pair::Pair;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;
use crate::time_span;

/// `[feeds.NAME]`: what differs from the defaults of the feed's kind. Every key may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedSettings {
    /// Which provider's protocol the feed speaks. Default: the one that the feed's name is well known for.
    pub kind: Option<Provider>,
    /// The endpoint in place of the provider's own, for a proxy: `https://…`, for kraken `wss://…`.
    pub url: Option<String>,
    /// The file whose first line is the API key; needed by `exchangerate-api-v6` and `open-exchange-rates`.
    pub api_key_file: Option<PathBuf>,
    /// The least time between two polls. Default: that of `[feeds]`.
    #[serde(with = "time_span::option")]
    pub interval: Option<Duration>,
    /// How old a rate may be, counted in open-market time, before the next feed takes over. Default 5m for a stream,
    /// twice the provider's cadence for a table.
    #[serde(with = "time_span::option")]
    pub stale_after: Option<Duration>,
    /// How long a stream may be silent before it is connected anew (kraken only). Default 15s, at least 2s.
    #[serde(with = "time_span::option")]
    pub silence: Option<Duration>,
    /// The pairs to subscribe to, as the provider quotes them (kraken only). Default: the majors among the tracked
    /// currencies.
    pub symbols: Option<Vec<Pair>>,
    /// The base of the table, where the provider lets one choose. Default USD, EUR for the ECB.
    pub base: Option<Currency>,
    /// What `api_key_file` holds, read at start.
    #[serde(skip)]
    pub api_key: Option<Secret>,
}

/// A provider's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Kraken's WebSocket v2: live bid and ask.
    Kraken,
    /// exchangerate-api.com without a key: one table a day.
    ExchangerateApiOpen,
    /// exchangerate-api.com v6, with a key.
    ExchangerateApiV6,
    /// exchangerate-api.com v4: two or three decimals only.
    ExchangerateApiV4,
    /// frankfurter.dev: the ECB's rates on another base.
    Frankfurter,
    /// The European Central Bank's reference rates.
    Ecb,
    /// openexchangerates.org, with a key.
    OpenExchangeRates,
    /// Coinbase's exchange rates.
    Coinbase,
}

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

impl Provider {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Kraken,
        Self::ExchangerateApiOpen,
        Self::ExchangerateApiV6,
        Self::ExchangerateApiV4,
        Self::Frankfurter,
        Self::Ecb,
        Self::OpenExchangeRates,
        Self::Coinbase,
    ];

    /// The name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kraken => "kraken",
            Self::ExchangerateApiOpen => "exchangerate-api-open",
            Self::ExchangerateApiV6 => "exchangerate-api-v6",
            Self::ExchangerateApiV4 => "exchangerate-api-v4",
            Self::Frankfurter => "frankfurter",
            Self::Ecb => "ecb",
            Self::OpenExchangeRates => "open-exchange-rates",
            Self::Coinbase => "coinbase",
        }
    }

    /// The kind that a feed of this name has unless told otherwise.
    pub fn well_known(feed: &str) -> Option<Self> {
        match feed {
            "open-er-api" => Some(Self::ExchangerateApiOpen),
            _ => Self::ALL.into_iter().find(|kind| kind.name() == feed),
        }
    }

    /// How often the provider publishes; `None` for a stream, which publishes every change.
    pub fn cadence(self) -> Option<Duration> {
        match self {
            Self::Kraken => None,
            Self::Coinbase => Some(MINUTE),
            Self::OpenExchangeRates => Some(HOUR),
            Self::ExchangerateApiOpen
            | Self::ExchangerateApiV6
            | Self::ExchangerateApiV4
            | Self::Frankfurter
            | Self::Ecb => Some(24 * HOUR),
        }
    }

    /// Whether the feed pushes single quotes or is polled for a table.
    pub fn feed_kind(self) -> FeedKind {
        if self.is_stream() { FeedKind::Stream } else { FeedKind::Table }
    }

    /// Whether the feed pushes quotes instead of being polled for a table.
    pub fn is_stream(self) -> bool {
        self.cadence().is_none()
    }

    /// Which days count for the feed's age: TARGET days for what the ECB publishes.
    pub fn market(self) -> Market {
        if matches!(self, Self::Ecb | Self::Frankfurter) { Market::Target } else { Market::Spot }
    }

    /// Five minutes for a stream, twice the cadence for a table.
    pub fn stale_after(self) -> Duration {
        self.cadence().map_or(5 * MINUTE, |cadence| 2 * cadence)
    }

    /// Whether the provider answers nobody without a key.
    pub fn needs_key(self) -> bool {
        matches!(self, Self::ExchangerateApiV6 | Self::OpenExchangeRates)
    }

    /// The base of the table unless told otherwise.
    pub fn default_base(self) -> Currency {
        if self == Self::Ecb { Currency::EUR } else { Currency::USD }
    }

    /// Whether the provider lets one choose the base of its table.
    pub fn has_free_base(self) -> bool {
        !matches!(self, Self::Kraken | Self::Ecb | Self::OpenExchangeRates)
    }

    /// The URL schemes that an endpoint of this kind may have.
    pub(crate) fn schemes(self) -> [&'static str; 2] {
        if self.is_stream() { ["wss", "ws"] } else { ["https", "http"] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_by_its_name() {
        for kind in Provider::ALL {
            let written = figment::value::Value::serialize(kind).expect("serialises");
            assert_eq!(written.as_str(), Some(kind.name()));
            assert_eq!(Provider::well_known(kind.name()), Some(kind));
        }
    }
}
