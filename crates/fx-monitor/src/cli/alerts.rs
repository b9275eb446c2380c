//! `fx-monitor alerts`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::rule::{CreateArgs, Severity};
use super::{ClientArgs, Format, ShowArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum AlertsCommand {
    /// Show the alerts and the state of each of their pairs
    List(ListArgs),
    /// Create an alert, from flags or from a file
    Create(Box<CreateArgs>),
    /// Delete an alert
    Delete {
        /// The alert's id
        id: String,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Take note of the open episodes of an alert: they are told no more until they end
    Ack(AckArgs),
    /// Have nobody told of an alert for a while
    Snooze(SnoozeArgs),
    /// Have everybody told of an alert again
    Resume(OneAlertArgs),
    /// Write the alerts as a file, which `apply` reads
    Export(ExportArgs),
    /// Make the alerts what a file says; shows the difference first
    Apply(ApplyArgs),
    /// Show what the alerts did, the newest first
    History(HistoryArgs),
}

impl AlertsCommand {
    /// Which service is asked.
    pub(crate) fn client(&self) -> &ClientArgs {
        match self {
            Self::List(args) => &args.show.client,
            Self::Create(args) => &args.client,
            Self::Delete { client, .. } => client,
            Self::Ack(args) => &args.alert.client,
            Self::Snooze(args) => &args.alert.client,
            Self::Resume(args) => &args.client,
            Self::Export(args) => &args.client,
            Self::Apply(args) => &args.client,
            Self::History(args) => &args.show.client,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only alerts with a pair in this state, such as firing
    #[arg(long)]
    pub(crate) state: Option<String>,
    /// Only alerts on this pair
    #[arg(long)]
    pub(crate) pair: Option<String>,
    /// Only alerts of this severity
    #[arg(long, value_enum)]
    pub(crate) severity: Option<Severity>,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

/// One alert, which is shown as it is then.
#[derive(Debug, Args)]
pub(crate) struct OneAlertArgs {
    /// The alert's id
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct AckArgs {
    #[command(flatten)]
    pub(crate) alert: OneAlertArgs,
    /// Who takes note
    #[arg(long, value_name = "NAME", env = "USER")]
    pub(crate) by: Option<String>,
    /// What there is to say about it
    #[arg(long)]
    pub(crate) comment: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SnoozeArgs {
    #[command(flatten)]
    pub(crate) alert: OneAlertArgs,
    /// For how long, such as 2h
    #[arg(long = "for", value_name = "DURATION", required_unless_present = "until", conflicts_with = "until")]
    pub(crate) span: Option<String>,
    /// Until when, such as 2026-10-31T08:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The language of the file
    #[arg(long, short, value_enum, default_value_t = Language::Toml)]
    pub(crate) output: Language,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// What alerts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Toml,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The alerts in TOML or JSON, as `export` writes them, each known by its name; `-` for standard input
    pub(crate) file: PathBuf,
    /// Do it; without this the difference is only shown
    #[arg(long)]
    pub(crate) yes: bool,
    /// Remove the alerts that are not in the file
    #[arg(long)]
    pub(crate) prune: bool,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Only what this alert did
    #[arg(long)]
    pub(crate) alert_id: Option<String>,
    /// Only what happened on this pair
    #[arg(long)]
    pub(crate) pair: Option<String>,
    /// Only from this time on, such as 2026-10-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// Only transitions to this state, such as firing
    #[arg(long, value_name = "STATE")]
    pub(crate) to_state: Option<String>,
    /// The most transitions to show
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}
