use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use fx_domain::pair::Pair;

/// What is replayed, and how fast.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayOptions {
    /// The recording: ECB history (zip, CSV, CSV in gzip), minute bars or ticks (CSV, plain or in gzip).
    pub file: PathBuf,
    /// The ask side of minute bars; without it the file's side is taken for a mid.
    pub ask_file: Option<PathBuf>,
    /// What bars and ticks price.
    pub pair: Option<Pair>,
    /// How fast.
    pub speed: Speed,
}

/// How fast recorded time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// As fast as the log takes it.
    Max,
    /// So many times as fast as it was.
    Times(f64),
}

/// A text that is no speed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no speed, expected `max` or how many times real time, such as 60")]
pub struct SpeedError(String);

impl FromStr for Speed {
    type Err = SpeedError;

    fn from_str(text: &str) -> Result<Self, SpeedError> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times = text.parse().ok().filter(|times: &f64| (1e-3..=1e9).contains(times));
        times.map(Self::Times).ok_or_else(|| SpeedError(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Times(times) => write!(f, "{times}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_max_or_a_multiple() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("60".parse(), Ok(Speed::Times(60.0)));
        assert_eq!("0.5".parse(), Ok(Speed::Times(0.5)));
        for text in ["", "0", "-1", "NaN", "inf", "fast", "1e400"] {
            assert!(text.parse::<Speed>().expect_err("no speed").to_string().contains(text), "{text}");
        }
    }
}
