//! `fx-monitor keys`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use fx_api::{KeyName, Rate};

use super::Format;

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key and show it, this once
    New(NewKeyArgs),
    /// Show the keys, without what makes them keys
    List(ListKeysArgs),
    /// Take a key out of the file: it stops within a second
    Revoke(RevokeKeyArgs),
}

/// Which file has the keys.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct KeysFileArgs {
    /// The file of the keys, made with the first of them
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The configuration whose `[api] keys_file` names it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct NewKeyArgs {
    /// By which it is called, in logs too
    #[arg(long)]
    pub(crate) name: KeyName,
    /// What it may do; each includes those before it
    #[arg(long, value_enum, default_value_t = ScopeName::Read)]
    pub(crate) scope: ScopeName,
    /// How many requests it may send in a second or a minute, such as 50/s or 600/m; 50/s where it is left out
    #[arg(long)]
    pub(crate) rate: Option<Rate>,
    /// How many of them at once; by default those of ten seconds, or of one minute
    #[arg(long)]
    pub(crate) burst: Option<NonZeroU32>,
    #[command(flatten)]
    pub(crate) file: KeysFileArgs,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeName {
    /// Look at rates, alerts and metrics, and try rules
    Read,
    /// Change alerts, test channels, deliver again
    Write,
    /// Make and delete channels, and change their secrets
    Admin,
}

#[derive(Debug, Args)]
pub(crate) struct ListKeysArgs {
    #[command(flatten)]
    pub(crate) file: KeysFileArgs,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeKeyArgs {
    /// The key's name
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) file: KeysFileArgs,
}
