//! An alert by flags or from a file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ClientArgs, Format};

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The alert as JSON, as POST /alerts takes it; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "RuleArgs", required_unless_present_all = ["pair", "kind"])]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rule: RuleArgs,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

/// A rule by flags; what they cannot say, a file can.
#[derive(Debug, Args)]
#[group(multiple = true)]
pub(crate) struct RuleArgs {
    /// A pair to watch, such as EUR/USD, or `*`; may be repeated
    #[arg(long)]
    pub(crate) pair: Vec<String>,
    /// What to watch for
    #[arg(long, value_enum)]
    pub(crate) kind: Option<ConditionKind>,
    /// The rate to watch for
    #[arg(long, value_name = "RATE", requires = "kind", allow_negative_numbers = true)]
    pub(crate) threshold: Option<f64>,
    /// The rate at which it is over, on the safe side of the threshold
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub(crate) clear_threshold: Option<f64>,
    /// How long it must hold, such as 10m
    #[arg(long = "for", value_name = "DURATION")]
    pub(crate) hold: Option<String>,
    /// How many updates it must hold
    #[arg(long, value_name = "N")]
    pub(crate) min_updates: Option<u32>,
    /// How long it stays quiet after it was over, such as 1h
    #[arg(long, value_name = "DURATION")]
    pub(crate) cooldown: Option<String>,
    /// Fire once and never again
    #[arg(long)]
    pub(crate) once: bool,
    /// How grave it is
    #[arg(long, value_enum)]
    pub(crate) severity: Option<Severity>,
    /// A channel that is told, by its name; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Vec<String>,
    /// A name for people
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What to know or do when it fires
    #[arg(long)]
    pub(crate) note: Option<String>,
}

/// The conditions that a threshold says in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum ConditionKind {
    /// The rate is above the threshold
    Above,
    /// The rate is below the threshold
    Below,
    /// The rate goes from at or below the threshold to above it
    CrossesUp,
    /// The rate goes from at or above the threshold to below it
    CrossesDown,
    /// Either of the two
    Crosses,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Severity {
    Info,
    Warning,
    Critical,
}

/// The word of a choice, as it is typed and as the API takes it.
pub(crate) fn word(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
