//! `fx-monitor channels` and `fx-monitor deliveries`.

use clap::{Args, Subcommand, ValueEnum};

use super::{ClientArgs, Format, ShowArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum ChannelsCommand {
    /// Show the channels through which alerts are told
    List(ShowArgs),
    /// Create a channel; the secret of a webhook is shown this once
    Create(Box<CreateChannelArgs>),
    /// Delete a channel: what is on its way through it fails
    Delete(OneChannelArgs),
    /// Send a test message; `deliveries list` tells what became of it
    Test(OneChannelArgs),
    /// Give a webhook another secret, shown this once; messages are signed with both for a day
    Rotate(OneChannelArgs),
}

impl ChannelsCommand {
    /// Which service is asked.
    pub(crate) fn client(&self) -> &ClientArgs {
        match self {
            Self::List(args) => &args.client,
            Self::Create(args) => &args.client,
            Self::Delete(args) | Self::Test(args) | Self::Rotate(args) => &args.client,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct OneChannelArgs {
    /// The channel's name or id
    pub(crate) channel: String,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct CreateChannelArgs {
    /// What alerts call it
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// For how long transitions are collected into one message, such as 30s
    #[arg(long, value_name = "DURATION")]
    pub(crate) group: Option<String>,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

/// Where a channel leads.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct TargetArgs {
    /// A webhook at this address
    #[arg(long, value_name = "URL")]
    pub(crate) webhook: Option<String>,
    /// Mail to this address; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Vec<String>,
    /// A file within the service's data directory
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeliveriesCommand {
    /// Show what became of telling, the newest first
    List(DeliveriesArgs),
    /// Send a delivery again, under the same id
    Replay(ReplayDeliveryArgs),
}

impl DeliveriesCommand {
    /// Which service is asked.
    pub(crate) fn client(&self) -> &ClientArgs {
        match self {
            Self::List(args) => &args.show.client,
            Self::Replay(args) => &args.client,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DeliveriesArgs {
    /// Only those that tell of this alert
    #[arg(long)]
    pub(crate) alert_id: Option<String>,
    /// Only those of this status
    #[arg(long, value_enum)]
    pub(crate) status: Option<DeliveryStatus>,
    /// The most deliveries to show
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeliveryStatus {
    /// It is tried until it succeeds or is given up
    Pending,
    /// The target has taken it
    Delivered,
    /// It was given up
    Failed,
    /// It is not sent on purpose
    Suppressed,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayDeliveryArgs {
    /// The delivery's id
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}
