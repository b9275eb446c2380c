//! The command line.

mod alerts;
mod backtest;
mod channels;
mod keys;
mod operate;
mod rule;
pub(crate) mod up;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use fx_domain::currency::Currency;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use reqwest::Url;

pub(crate) use alerts::{
    AckArgs, AlertsCommand, ApplyArgs, ExportArgs, HistoryArgs, Language, ListArgs, OneAlertArgs, SnoozeArgs,
};
pub(crate) use backtest::BacktestArgs;
pub(crate) use channels::{ChannelsCommand, CreateChannelArgs, DeliveriesArgs, DeliveriesCommand, OneChannelArgs};
pub(crate) use keys::{KeysCommand, KeysFileArgs, NewKeyArgs, ScopeName};
pub(crate) use operate::{
    DlqCommand, DlqListArgs, DlqRetryArgs, DlqShowArgs, From, Group, ProvisionArgs, ReplayArgs, Target,
};
pub(crate) use rule::{CreateArgs, RuleArgs, word};
pub(crate) use up::UpArgs;

/// A monitor of foreign-exchange rates: fetches, enriches, stores, watches and shows them.
#[derive(Debug, Parser)]
#[command(name = "fx-monitor", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything in one process
    Up(UpArgs),
    /// Say what would run, on which backends, or every mistake of the configuration
    CheckConfig(ConfigArgs),
    /// Make topics and tables; may be run again at any time
    Provision(ProvisionArgs),
    /// Move a consumer group back, so that what it writes is filled again from the log
    Replay(ReplayArgs),
    /// Say which episodes an alert would have had, before it is saved
    Backtest(Box<BacktestArgs>),
    /// Look after the messages that could not be processed
    Dlq {
        #[command(subcommand)]
        command: DlqCommand,
    },
    /// Show the newest rates
    Rates(RatesArgs),
    /// Look after the alerts, and show what they did
    Alerts {
        #[command(subcommand)]
        command: AlertsCommand,
    },
    /// Look after the channels through which alerts are told
    Channels {
        #[command(subcommand)]
        command: ChannelsCommand,
    },
    /// Show what became of telling, and send it again
    Deliveries {
        #[command(subcommand)]
        command: DeliveriesCommand,
    },
    /// Look after the API's keys
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Show how the feeds are doing
    Feeds(ShowArgs),
    /// Show how the services are doing; exit code 1 where one is down
    Status(StatusArgs),
    /// Print the completions for a shell
    Completions { shell: Shell },
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// The configuration file; without it the embedded defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigArgs {
    pub(crate) fn path(&self) -> Option<&Path> {
        self.config.as_deref()
    }
}

/// Which service is asked.
#[derive(Debug, Args)]
pub(crate) struct ClientArgs {
    /// The address of the service's REST API
    #[arg(long, env = "FX_MONITOR_URL", default_value = "http://127.0.0.1:8000", value_parser = http_url)]
    pub(crate) url: Url,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
}

/// By which key.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// The file whose first line is the API key, where the service asks for one
    #[arg(long, env = "FX_API_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl KeyArgs {
    pub(crate) fn path(&self) -> Option<&Path> {
        self.key_file.as_deref()
    }
}

/// How an answer is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct OutputArgs {
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Ask again every two seconds until interrupted
    #[arg(long, short)]
    pub(crate) watch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// As the service answers
    Json,
    /// With a header line
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The configuration of services that run apart: each is asked, and how far its group is, and the feeds. Without it the
    /// one service at --url
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The address of the REST API; by default where the configuration has it, else port 8000 of this machine
    #[arg(long, env = "FX_MONITOR_URL", value_parser = http_url)]
    pub(crate) url: Option<Url>,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RatesArgs {
    /// The pairs, such as EURUSD or EUR/USD; all without any
    #[arg(value_name = "PAIR")]
    pub(crate) pairs: Vec<Pair>,
    /// Turn every rate to this base
    #[arg(long, value_name = "CURRENCY")]
    pub(crate) base: Option<Currency>,
    /// The rates of this feed instead of the preferred ones; `*` for all feeds
    #[arg(long, value_name = "FEED", value_parser = source_or_all)]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

fn http_url(text: &str) -> Result<Url, String> {
    let wanted = "an address is such as http://127.0.0.1:8000";
    let url = Url::parse(text).map_err(|error| format!("{error}; {wanted}"))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(url) } else { Err(wanted.to_owned()) }
}

fn source_or_all(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    text.parse::<Source>().map(|source| source.to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
