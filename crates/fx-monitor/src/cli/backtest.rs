//! `fx-monitor backtest`.

use std::path::PathBuf;

use clap::Args;
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;

use super::{ClientArgs, ConfigArgs, Format};

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// The alert in TOML or JSON, as POST /alerts takes it or `alerts export` writes it; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) alert: PathBuf,
    /// From this time on, such as 2026-01-01; of a recording by default from its beginning
    #[arg(long, value_name = "TIME", value_parser = time, required_unless_present = "replay")]
    pub(crate) from: Option<Timestamp>,
    /// Until before this time; by default now
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<Timestamp>,
    /// Only this pair, in place of the alert's; it is also what recorded bars and ticks price
    #[arg(long)]
    pub(crate) pair: Option<Pair>,
    /// Over a recording instead of the service's history: ECB history (zip or CSV), minute bars or ticks
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
    /// The ask side beside the bid side of minute bars
    #[arg(long, value_name = "FILE", requires = "replay")]
    pub(crate) replay_ask: Option<PathBuf>,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// A time, or a day, which begins at midnight UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    let wanted = "expected a time such as 2026-10-30T15:00:00Z or a day such as 2026-10-30";
    let day = || text.parse::<chrono::NaiveDate>().map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
    text.parse().or_else(|_| day()).map_err(|_| format!("`{text}` is no time, {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_beginning() {
        assert_eq!(time("2026-10-30"), time("2026-10-30T00:00:00Z"));
        assert!(time("tomorrow").expect_err("no time").contains("`tomorrow` is no time"));
    }
}
