//! What must hold for `[feeds]` and every `[feeds.NAME]`.

use std::time::Duration;

use fx_domain::feed::Source;
use url::Url;

use super::feed::{FeedSettings, Provider};
use super::feeds::FeedsSettings;
use crate::error::Finding;
use crate::nearest::suggestion;
use crate::secret::Secret;
use crate::time_span::format_span;

const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
const SHORTEST_SILENCE: Duration = Duration::from_secs(2);

impl FeedsSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings = self.general_findings();
        for (i, name) in self.order.iter().enumerate() {
            if self.order[..i].contains(name) {
                findings.push(Finding::text("feeds.order", name.as_str(), "stands twice; name each feed once"));
            } else {
                findings.extend(self.feed_findings(name));
            }
        }
        findings.extend(self.idle_findings());
        findings
    }

    /// Reads the secrets that the feeds name.
    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        let read = |(name, feed): (&Source, &mut FeedSettings)| {
            let key = format!("feeds.{name}.api_key_file");
            Secret::fill(&mut feed.api_key, feed.api_key_file.as_deref(), &key)
        };
        self.named.iter_mut().filter_map(read).collect()
    }

    fn general_findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.order.is_empty() && !self.bundled_history {
            let problem = "must name a feed where bundled_history is off; there would be no rate at all";
            findings.push(Finding::of("feeds.order", "[]", problem));
        }
        if self.connect_timeout > self.request_timeout {
            let problem =
                format!("must not be longer than request_timeout, which is {}", format_span(self.request_timeout));
            findings.push(Finding::text("feeds.connect_timeout", &format_span(self.connect_timeout), problem));
        }
        if !(1024..=1 << 30).contains(&self.body_limit_bytes) {
            let problem = "must be between 1024 (1 KiB) and 1073741824 (1 GiB)";
            findings.push(Finding::of("feeds.body_limit_bytes", &self.body_limit_bytes.to_string(), problem));
        }
        if self.spool_max_bytes < 1 << 20 {
            let problem = "must be at least 1048576 (1 MiB)";
            findings.push(Finding::of("feeds.spool_max_bytes", &self.spool_max_bytes.to_string(), problem));
        }
        findings.extend(interval_finding("feeds.interval".to_owned(), self.interval));
        findings
    }

    fn feed_findings(&self, name: &Source) -> Vec<Finding> {
        let Some(provider) = self.provider_of(name) else {
            let problem = format!("is no well-known feed; correct it, or say kind in [feeds.{name}]: {}", kinds(name));
            return vec![Finding::text("feeds.order", name.as_str(), problem)];
        };
        let default = FeedSettings::default();
        let feed = self.named.get(name).unwrap_or(&default);
        let key = |key: &str| format!("feeds.{name}.{key}");
        let mut findings = Vec::new();
        if provider.needs_key() && feed.api_key_file.is_none() {
            let problem =
                format!("is missing; {} needs a key, and this key names the file that holds it", provider.name());
            findings.push(Finding::missing(key("api_key_file"), problem));
        }
        findings.extend(feed.url.iter().filter_map(|url| url_finding(key("url"), url, provider)));
        findings.extend(feed.interval.and_then(|interval| interval_finding(key("interval"), interval)));
        findings.extend(silence_finding(key("silence"), feed, provider));
        findings.extend(symbols_finding(key("symbols"), feed, provider));
        findings.extend(base_finding(key("base"), feed, provider));
        findings
    }

    fn idle_findings(&self) -> impl Iterator<Item = Finding> {
        self.named.keys().filter(|name| !self.order.contains(name)).map(|name| {
            let problem = "is configured but does not run; add it to feeds.order, or remove its table";
            Finding::missing(format!("feeds.{name}"), problem)
        })
    }
}

fn kinds(name: &Source) -> String {
    suggestion(name.as_str(), &Provider::ALL.map(Provider::name))
}

fn interval_finding(key: String, interval: Duration) -> Option<Finding> {
    (interval < SHORTEST_INTERVAL).then(|| Finding::text(key, &format_span(interval), "must be at least 1s"))
}

fn url_finding(key: String, url: &str, provider: Provider) -> Option<Finding> {
    let schemes = provider.schemes();
    let is_right = Url::parse(url).is_ok_and(|url| schemes.contains(&url.scheme()) && url.has_host());
    (!is_right).then(|| {
        let problem = format!("is no endpoint of a {} feed; it must begin with {}://", provider.name(), schemes[0]);
        Finding::text(key, url, problem)
    })
}

fn silence_finding(key: String, feed: &FeedSettings, provider: Provider) -> Option<Finding> {
    let silence = feed.silence?;
    if !provider.is_stream() {
        let problem = format!("{} is polled, see request_timeout; remove the key", provider.name());
        return Some(Finding::text(key, &format_span(silence), problem));
    }
    // The heartbeat comes every second; a little less would be no silence at all.
    (silence < SHORTEST_SILENCE).then(|| Finding::text(key, &format_span(silence), "must be at least 2s"))
}

fn symbols_finding(key: String, feed: &FeedSettings, provider: Provider) -> Option<Finding> {
    let symbols = feed.symbols.as_ref()?;
    if !provider.is_stream() {
        let problem = format!("{} sends its whole table; remove the key", provider.name());
        return Some(Finding::of(key, &format!("{symbols:?}"), problem));
    }
    symbols.is_empty().then(|| Finding::of(key, "[]", "must name at least one pair, such as EUR/USD"))
}

fn base_finding(key: String, feed: &FeedSettings, provider: Provider) -> Option<Finding> {
    let base = feed.base?;
    if provider.is_stream() {
        let problem = format!("{} streams pairs and has no base; remove the key", provider.name());
        return Some(Finding::text(key, base.code(), problem));
    }
    let only = provider.default_base();
    (!provider.has_free_base() && base != only).then(|| {
        let problem = format!("{} publishes on base {only} only; write {only} or remove the key", provider.name());
        Finding::text(key, base.code(), problem)
    })
}
