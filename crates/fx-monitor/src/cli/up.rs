//! `fx-monitor up`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use fx_config::Overrides;
use fx_domain::pair::Pair;
use fx_producer::replay::{ReplayOptions, Speed};

#[derive(Debug, Clone, Args)]
pub(crate) struct UpArgs {
    /// The configuration file; without it the embedded defaults
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept, over the file's `data_dir`
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The address and port of the REST API, over the file's `api.listen`
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Replay recorded rates in place of the live feeds: ECB history (zip or CSV), minute bars or ticks
    #[arg(long, value_name = "FILE", help_heading = "Replay")]
    pub(crate) replay: Option<PathBuf>,
    /// The ask side beside the bid side of minute bars
    #[arg(long, value_name = "FILE", requires = "replay", help_heading = "Replay")]
    pub(crate) replay_ask: Option<PathBuf>,
    /// How many times faster than recorded, or `max`
    #[arg(long, value_name = "N|max", requires = "replay", default_value = "1", help_heading = "Replay")]
    pub(crate) speed: Speed,
    /// The pair of recorded bars or ticks
    #[arg(long, value_name = "PAIR", requires = "replay", help_heading = "Replay")]
    pub(crate) pair: Option<Pair>,
}

impl UpArgs {
    /// What is set over the configuration file.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides { data_dir: self.data_dir.clone(), listen: self.listen }
    }

    /// The recording that is to stand in place of the live feeds.
    pub(crate) fn replay(&self) -> Option<ReplayOptions> {
        let file = self.replay.clone()?;
        Some(ReplayOptions { file, ask_file: self.replay_ask.clone(), pair: self.pair, speed: self.speed })
    }
}
