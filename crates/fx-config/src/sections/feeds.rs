//! `[feeds]`: which feeds run, and in which order they are believed.

use std::collections::BTreeMap;
use std::time::Duration;

use fx_domain::currency::Currency;
use fx_domain::feed::{FeedKind, Market, Source};
use fx_domain::pair::Pair;
use serde::{Deserialize, Serialize};

use super::currencies::CurrenciesSettings;
use super::feed::{FeedSettings, Provider};
use crate::secret::Secret;
use crate::time_span;

/// `[feeds]` and the tables `[feeds.NAME]` in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedsSettings {
    /// The feeds that run, the most trusted first: the preferred rate of a pair is that of the first one that is not
    /// stale. Default `kraken`, `open-er-api`, `ecb`.
    pub order: Vec<Source>,
    /// The least time between two polls of a feed; a provider's own next update and `Retry-After` make it longer.
    /// Default 30s, at least 1s.
    #[serde(with = "time_span")]
    pub interval: Duration,
    /// How long one request may take, the body included. Default 20s.
    #[serde(with = "time_span")]
    pub request_timeout: Duration,
    /// How long connecting may take. Default 5s.
    #[serde(with = "time_span")]
    pub connect_timeout: Duration,
    /// The most bytes that an answer may have; a longer one is refused. Default 4194304 (4 MiB).
    pub body_limit_bytes: u64,
    /// How many bytes of batches the producer keeps on disk while Kafka is away; beyond that replays pause and live feeds
    /// drop. Default 268435456 (256 MiB), at least 1048576 (1 MiB).
    pub spool_max_bytes: u64,
    /// Whether the first start loads the ECB's daily rates of the last two years that are compiled in, as source
    /// `ecb`. Default true.
    pub bundled_history: bool,
    /// The tables `[feeds.NAME]`, by name.
    #[serde(skip)]
    pub named: BTreeMap<Source, FeedSettings>,
}

impl Default for FeedsSettings {
    fn default() -> Self {
        let source = |name: &str| name.parse().expect("the defaults are feed names");
        Self {
            order: ["kraken", "open-er-api", "ecb"].into_iter().map(source).collect(),
            interval: Duration::from_secs(30),
            request_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            body_limit_bytes: 4 * 1024 * 1024,
            spool_max_bytes: 256 * 1024 * 1024,
            bundled_history: true,
            named: BTreeMap::new(),
        }
    }
}

/// Kraken's heartbeat comes every second: so long a silence is a lost connection.
const SILENCE: Duration = Duration::from_secs(15);

/// One feed with everything filled in: what a producer needs to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPlan {
    /// The feed's name, the `source` of its rates.
    pub name: Source,
    /// The provider whose protocol the feed speaks.
    pub provider: Provider,
    /// Whether it streams quotes or is polled for a table.
    pub kind: FeedKind,
    /// Which days count for its age.
    pub market: Market,
    /// The endpoint, where it is not the provider's own.
    pub url: Option<String>,
    /// The API key, where there is one.
    pub api_key: Option<Secret>,
    /// The least time between two polls.
    pub interval: Duration,
    /// How old a rate may be, in open-market time.
    pub stale_after: Duration,
    /// How long a stream may be silent before it is connected anew; tables have no use for it.
    pub silence: Duration,
    /// The pairs to subscribe to, as the provider quotes them; empty for tables.
    pub symbols: Vec<Pair>,
    /// The base of the table; for a stream the pivot.
    pub base: Currency,
}

impl FeedsSettings {
    /// The feeds that run, the most trusted first, with every default filled in.
    ///
    /// A feed whose provider is unknown is left out: settings that were loaded have none.
    pub fn plans(&self, currencies: &CurrenciesSettings) -> Vec<FeedPlan> {
        self.order.iter().filter_map(|name| self.plan(name, currencies)).collect()
    }

    fn plan(&self, name: &Source, currencies: &CurrenciesSettings) -> Option<FeedPlan> {
        let settings = self.named.get(name).cloned().unwrap_or_default();
        let provider = self.provider_of(name)?;
        let symbols = match settings.symbols {
            Some(symbols) => symbols,
            None if provider.is_stream() => live_majors(currencies),
            None => Vec::new(),
        };
        let default_base = if provider.is_stream() { currencies.pivot } else { provider.default_base() };
        Some(FeedPlan {
            name: name.clone(),
            provider,
            kind: provider.feed_kind(),
            market: provider.market(),
            url: settings.url,
            api_key: settings.api_key,
            interval: settings.interval.unwrap_or(self.interval),
            stale_after: settings.stale_after.unwrap_or_else(|| provider.stale_after()),
            silence: settings.silence.unwrap_or(SILENCE),
            symbols,
            base: settings.base.unwrap_or(default_base),
        })
    }

    pub(crate) fn provider_of(&self, name: &Source) -> Option<Provider> {
        let stated = self.named.get(name).and_then(|feed| feed.kind);
        stated.or_else(|| Provider::well_known(name.as_str()))
    }
}

/// The pairs that Kraken quotes live against the dollar, as far as both currencies are wanted.
fn live_majors(currencies: &CurrenciesSettings) -> Vec<Pair> {
    let wanted = currencies.all();
    ["EURUSD", "GBPUSD", "AUDUSD", "USDCAD", "USDCHF", "USDJPY"]
        .into_iter()
        .filter_map(|symbol| symbol.parse::<Pair>().ok())
        .filter(|pair| wanted.contains(&pair.base()) && wanted.contains(&pair.quote()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_feeds_are_planned_in_their_order() {
        let plans = FeedsSettings::default().plans(&CurrenciesSettings::default());
        let names: Vec<_> = plans.iter().map(|plan| plan.name.as_str()).collect();
        assert_eq!(names, ["kraken", "open-er-api", "ecb"]);
        assert_eq!(plans[0].symbols.len(), 6);
        assert_eq!(plans[0].stale_after, Duration::from_mins(5));
        assert_eq!(plans[1].provider, Provider::ExchangerateApiOpen);
        assert_eq!(plans[2].base, Currency::EUR);
        assert_eq!(plans[2].stale_after, Duration::from_hours(48));
    }

    #[test]
    fn symbols_follow_the_tracked_currencies() {
        let mut currencies = CurrenciesSettings::default();
        currencies.tracked.truncate(2);
        let plans = FeedsSettings::default().plans(&currencies);
        let symbols: Vec<_> = plans[0].symbols.iter().map(ToString::to_string).collect();
        assert_eq!(symbols, ["EURUSD", "GBPUSD"]);
    }
}
