//! `fx-monitor up`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use fx_config::Overrides;
use fx_domain::pair::Pair;

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
}

/// How fast a recording is replayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// So many times as fast as it was recorded.
    Times(f64),
    /// As fast as it is taken.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times = text.parse().ok().filter(|times: &f64| times.is_finite() && *times > 0.0);
        times.map(Self::Times).ok_or_else(|| "a speed is a number above 0, such as 60, or max".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_positive_number_or_max() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("0.5".parse(), Ok(Speed::Times(0.5)));
        for bad in ["0", "-1", "inf", "NaN", "fast", ""] {
            assert!(bad.parse::<Speed>().is_err(), "{bad}");
        }
    }
}
