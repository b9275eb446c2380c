//! What would run, in words.

use crate::sections::feeds::FeedPlan;
use crate::settings::Settings;
use crate::time_span::format_span;

impl Settings {
    /// What these settings run, on which backends: one line for each part.
    pub fn describe(&self) -> Vec<String> {
        let data_dir = self.data_dir.display();
        let mut lines = vec![
            format!("data        {data_dir}"),
            format!("currencies  {}", self.described_currencies()),
            format!("log         embedded, in the SQLite file; keeps {}", format_span(self.stream.retention)),
            format!("history     SQLite file; keeps {}", self.store.retention.map_or("everything".into(), format_span)),
            "cache       memory".to_owned(),
        ];
        lines.extend(self.described_feeds());
        lines.push(format!("alerts      up to {}", self.alerts.max_rules));
        lines.push(format!("api         http://{} (no keys: loopback only)", self.api.listen));
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
        api         http://127.0.0.1:8000 (no keys: loopback only)
        logging     info
        ");
    }
}
