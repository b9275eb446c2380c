//! What would run, in words.

use crate::sections::cache::{CacheBackend, CacheSettings};
use crate::sections::feeds::FeedPlan;
use crate::sections::index::{IndexBackend, IndexSettings};
use crate::sections::kafka::{KafkaSettings, SaslMechanism};
use crate::sections::kibana::KibanaSettings;
use crate::sections::store::{StoreBackend, StoreSettings};
use crate::sections::stream::{StreamBackend, StreamSettings};
use crate::sections::tls::TlsSettings;
use crate::settings::Settings;
use crate::time_span::format_span;

impl Settings {
    /// What these settings run, on which backends: one line for each part.
    pub fn describe(&self) -> Vec<String> {
        let data_dir = self.data_dir.display();
        let history = self.store.retention.map_or("everything".into(), format_span);
        let mut lines = vec![
            format!("data        {data_dir}"),
            format!("currencies  {}", self.described_currencies()),
            format!("log         {}; keeps {}", self.stream.described(), format_span(self.stream.retention)),
            format!("history     {}; keeps {history}", self.store.described()),
            format!("cache       {}", self.cache.described()),
        ];
        lines.extend(self.described_feeds());
        lines.push(format!("alerts      up to {}", self.alerts.max_rules));
        lines.push(format!("delivery    {}", self.delivery.described()));
        lines.push(format!("api         http://{}, {}", self.api.listen, self.api.described()));
        lines.extend(self.index.is_used().then(|| format!("index       {}", self.index.described())));
        lines.push(format!("dashboards  {}", self.kibana.described()));
        lines.push(format!("logging     {}", self.telemetry.log));
        lines
    }

    fn described_currencies(&self) -> String {
        let codes: Vec<_> = self.currencies.tracked.iter().map(|code| code.code()).collect();
        format!("{} against {}: {} pairs", codes.join(", "), self.currencies.pivot, self.currencies.pair_count())
    }

    fn described_feeds(&self) -> Vec<String> {
        let plans = self.feeds.plans(&self.currencies);
        let mut lines: Vec<_> = plans.iter().enumerate().map(|(i, plan)| described_feed(i + 1, plan)).collect();
        if self.feeds.bundled_history {
            lines.push("history     bundled ECB rates of two years, loaded at the first start".to_owned());
        }
        lines
    }
}

impl StreamSettings {
    fn described(&self) -> String {
        match self.backend {
            StreamBackend::Embedded => "embedded, in the SQLite file".to_owned(),
            StreamBackend::Kafka => self.kafka.described(),
        }
    }
}

impl KafkaSettings {
    fn described(&self) -> String {
        let user = match (self.sasl, &self.user) {
            (SaslMechanism::None, _) | (_, None) => String::new(),
            (sasl, Some(user)) => format!(" as {user} ({})", sasl.name()),
        };
        format!(
            "Kafka at {}{user}{}, topics {}fx-*: partitions {} and {}, replication {}, at least {} in sync",
            self.brokers.join(", "),
            described_tls(&self.tls),
            self.prefix,
            self.rates_partitions,
            self.enriched_partitions,
            self.replication,
            self.min_insync_replicas,
        )
    }
}

impl StoreSettings {
    fn described(&self) -> String {
        let server = &self.postgresql;
        match self.backend {
            StoreBackend::Sqlite => "SQLite file".to_owned(),
            StoreBackend::Postgresql => format!(
                "PostgreSQL at {} as {}{}, database {}, schema {}, up to {} connections",
                server.address(),
                server.user,
                described_tls(&server.tls),
                server.database,
                server.schema,
                server.connections,
            ),
        }
    }
}

impl CacheSettings {
    fn described(&self) -> String {
        let server = &self.redis;
        let user = server.user.as_ref().map_or_else(String::new, |user| format!(" as {user}"));
        match self.backend {
            CacheBackend::Memory => "memory".to_owned(),
            CacheBackend::Redis => format!(
                "Redis at {}{user}{}, database {}, keys {}*",
                server.address(),
                described_tls(&server.tls),
                server.database,
                server.prefix
            ),
        }
    }
}

impl IndexSettings {
    fn described(&self) -> String {
        let server = &self.elasticsearch;
        let user = match (&server.user, &server.api_key_file) {
            (Some(user), _) => format!(" as {user}"),
            (None, Some(_)) => " with key".to_owned(),
            (None, None) => String::new(),
        };
        let kept = self.retention.map_or("everything".into(), format_span);
        match self.backend {
            IndexBackend::None => "none".to_owned(),
            IndexBackend::Elasticsearch => format!(
                "Elasticsearch at {}{user}, indices {}fx-*, one for each {}; keeps {kept}",
                server.url,
                server.prefix,
                self.period.name()
            ),
        }
    }
}

impl KibanaSettings {
    fn described(&self) -> String {
        if !self.enabled {
            return "the page of the api; no Kibana".to_owned();
        }
        let user = match (&self.user, &self.api_key_file) {
            (Some(user), _) => format!(" as {user}"),
            (None, Some(_)) => " with key".to_owned(),
            (None, None) => String::new(),
        };
        format!("Kibana at {}{user}, space {}", self.url, self.space)
    }
}

fn described_tls(tls: &TlsSettings) -> &'static str {
    if tls.enabled { " over TLS" } else { "" }
}

fn described_feed(rank: usize, plan: &FeedPlan) -> String {
    let how = if plan.symbols.is_empty() {
        format!("polled every {} or less often, base {}", format_span(plan.interval), plan.base)
    } else {
        let symbols: Vec<_> = plan.symbols.iter().map(ToString::to_string).collect();
        format!("streams {}", symbols.join(", "))
    };
    let endpoint = plan.url.as_deref().map_or_else(String::new, |url| format!(" at {url}"));
    let key = if plan.api_key.is_some() { ", with key" } else { "" };
    let stale = format_span(plan.stale_after);
    format!("feed {rank}      {} ({}{endpoint}{key}): {how}; stale after {stale}", plan.name, plan.provider.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_says_what_runs() {
        let settings = Settings::default();
        let lines = settings.describe().split_off(1).join("\n");
        insta::assert_snapshot!(lines, @"
        currencies  EUR, GBP, JPY, CAD, AUD, CHF, CNY, INR against USD: 36 pairs
        log         embedded, in the SQLite file; keeps 90d
        history     SQLite file; keeps everything
        cache       memory
        feed 1      kraken (kraken): streams EURUSD, GBPUSD, AUDUSD, USDCAD, USDCHF, USDJPY; stale after 5m
        feed 2      open-er-api (exchangerate-api-open): polled every 30s or less often, base USD; stale after 2d
        feed 3      ecb (ecb): polled every 30s or less often, base EUR; stale after 2d
        history     bundled ECB rates of two years, loaded at the first start
        alerts      up to 10000
        delivery    webhooks and files, no e-mail
        api         http://127.0.0.1:8000, no keys: this machine only
        dashboards  the page of the api; no Kibana
        logging     info
        ");
    }

    #[test]
    fn servers_are_said_without_their_secrets() {
        let mut settings = Settings::default();
        settings.stream.backend = StreamBackend::Kafka;
        settings.stream.kafka.sasl = SaslMechanism::ScramSha512;
        settings.stream.kafka.user = Some("fx".to_owned());
        settings.stream.kafka.password = Some("sesame".to_owned().into());
        settings.store.backend = StoreBackend::Postgresql;
        settings.cache.backend = CacheBackend::Redis;
        settings.cache.redis.tls.enabled = true;
        settings.kibana.enabled = true;
        settings.kibana.api_key_file = Some("/nonexistent/key".into());
        settings.kibana.api_key = Some("sesame".to_owned().into());
        settings.index.backend = IndexBackend::Elasticsearch;
        settings.index.elasticsearch.user = Some("fx".to_owned());
        settings.index.elasticsearch.password = Some("sesame".to_owned().into());
        let lines = settings.describe();
        let index = "index       Elasticsearch at http://127.0.0.1:9200 as fx, indices fx-*, one for each year; keeps everything";
        assert!(lines.iter().any(|line| line == index), "{lines:?}");
        let dashboards = "dashboards  Kibana at http://127.0.0.1:5601 with key, space default";
        assert!(lines.iter().any(|line| line == dashboards), "{lines:?}");
        insta::assert_snapshot!(lines[2..5].join("\n"), @"
        log         Kafka at 127.0.0.1:9092 as fx (scram-sha-512), topics fx-*: partitions 1 and 1, replication 1, at least 1 in sync; keeps 90d
        history     PostgreSQL at /run/postgresql as fx-monitor, database fx-monitor, schema fx_monitor, up to 8 connections; keeps everything
        cache       Redis at 127.0.0.1:6379 over TLS, database 0, keys fx:*
        ");
    }
}
