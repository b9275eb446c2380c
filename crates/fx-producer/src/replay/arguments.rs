use std::path::PathBuf;

use clap::Args;
use fx_domain::pair::Pair;

use super::options::{ReplayOptions, Speed};

/// The flags of a replay, for the command lines that offer one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Replay")]
pub struct ReplayArguments {
    /// Replay recorded rates in place of the live feeds: ECB history (zip or CSV), minute bars or ticks
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// The ask side beside the bid side of minute bars
    #[arg(long, value_name = "FILE", requires = "replay")]
    replay_ask: Option<PathBuf>,
    /// How many times faster than recorded, or `max`
    #[arg(long, value_name = "N|max", requires = "replay", default_value = "1")]
    speed: Speed,
    /// The pair of recorded bars or ticks
    #[arg(long, value_name = "PAIR", requires = "replay")]
    pair: Option<Pair>,
}

impl ReplayArguments {
    /// The recording that is to stand in place of the live feeds.
    pub fn options(self) -> Option<ReplayOptions> {
        let Self { replay, replay_ask, speed, pair } = self;
        Some(ReplayOptions { file: replay?, ask_file: replay_ask, pair, speed })
    }
}
