//! The commands that work on the log and the stores themselves, not through the API.

use clap::{Args, Subcommand, ValueEnum};
use fx_domain::clock::Timestamp;

use super::{ConfigArgs, OutputArgs};

#[derive(Debug, Args)]
pub(crate) struct ProvisionArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Only this one
    #[arg(long, value_enum)]
    pub(crate) only: Option<Target>,
    /// Say what would be done, and ask no server
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What can be provisioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Topics
    Kafka,
    /// Schema, tables and partitions
    Postgres,
    /// Index templates, mappings and aliases
    Elasticsearch,
    /// Data views and dashboards
    Kibana,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The group to move back: history, cache, index, index-alerts, index-deliveries, or enrich (which goes to
    /// the beginning only)
    #[arg(long, value_enum)]
    pub(crate) group: Group,
    /// From when: `beginning`, or a time such as 2026-10-30T15:00:00Z
    #[arg(long, value_name = "TIME|beginning")]
    pub(crate) from: From,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// The groups that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    Enrich,
    History,
    Cache,
    Index,
    IndexAlerts,
    IndexDeliveries,
}

/// Where a group goes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Beginning,
    Time(Timestamp),
}

impl std::str::FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "beginning" {
            return Ok(Self::Beginning);
        }
        let wanted = "expected `beginning` or a time such as 2026-10-30T15:00:00Z";
        text.parse().map(Self::Time).map_err(|_| format!("`{text}` is no time, {wanted}"))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// List the messages that could not be processed, the oldest first
    List(DlqListArgs),
    /// Show one: its headers and its bytes
    Show(DlqShowArgs),
    /// Send one, or all that were not yet, to where they came from
    Retry(DlqRetryArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DlqListArgs {
    /// Only those with this reason
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only those that came from this topic
    #[arg(long)]
    pub(crate) topic: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DlqShowArgs {
    /// Its id, as `dlq list` shows it
    pub(crate) id: String,
    /// Write the bytes as they are, and nothing else
    #[arg(long)]
    pub(crate) raw: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DlqRetryArgs {
    /// Its id, as `dlq list` shows it
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) id: Option<String>,
    /// All that were not yet sent again
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
