use chrono::TimeDelta;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::span;
use crate::feed::Source;
use crate::rate::Volatility;

/// What is watched for. Prices are those of one base in the quote currency, in the rule's own direction.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// How the rate stands to one price, above 0.
    Level {
        /// How.
        kind: LevelKind,
        /// The price.
        threshold: f64,
    },
    /// Whether the rate lies between two prices, both included, or outside.
    Channel {
        /// Which of the two is news.
        kind: ChannelKind,
        /// The lower price, above 0.
        low: f64,
        /// The higher price.
        high: f64,
    },
    /// How far the rate is from where it was a while ago.
    Change {
        /// How far, above 0.
        by: Move,
        /// A while, in source time.
        window: TimeDelta,
        /// Which way.
        direction: Direction,
    },
    /// The rate's own volatility is greater than `threshold`.
    VolatilityAbove {
        /// By which of the three measures.
        measure: Measure,
        /// In the measure's unit, above 0.
        threshold: f64,
    },
    /// The rate is further from the mean of those before it than so many of their sample standard deviations.
    Zscore {
        /// How many rates before it, 2 to 1000.
        updates: u32,
        /// How many standard deviations, above 0.
        threshold: f64,
    },
    /// There is no new rate for so many times the feed's expected cadence.
    Stale {
        /// How many times, above 0.
        factor: f64,
    },
    /// Two feeds differ by more than so much.
    Divergence {
        /// The feeds.
        sources: [Source; 2],
        /// How much, in basis points of the second one's rate, above 0.
        bp: f64,
    },
}

/// How a rate stands to one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LevelKind {
    /// Greater than it.
    Above,
    /// Less than it.
    Below,
    /// It was at or below it and is above it.
    CrossesUp,
    /// It was at or above it and is below it.
    CrossesDown,
    /// Either of the two crossings.
    Crosses,
}

/// Which side of a channel is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// The inside, after the outside.
    Enters,
    /// The outside, after the inside.
    Leaves,
}

/// How far a rate moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Move {
    /// In units of the quote currency.
    Absolute(f64),
    /// In percent of where it was.
    Percent(f64),
}

/// Which way a rate moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Up.
    Up,
    /// Down.
    Down,
    /// Whichever.
    #[default]
    Either,
}

/// A measure of volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Sample standard deviation of the level over 20 periods, in units of the quote currency of the oriented pair.
    #[serde(rename = "price_stddev_20")]
    PriceStddev20,
    /// Annualised standard deviation of 20 log returns; 0.07 is 7 % a year.
    RealizedVol,
    /// Annualised exponentially weighted volatility.
    EwmaVol,
}

/// The name of what is watched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are the conditions")]
pub enum Kind {
    Above,
    Below,
    CrossesUp,
    CrossesDown,
    Crosses,
    EntersChannel,
    LeavesChannel,
    ChangeAbs,
    ChangePct,
    VolatilityAbove,
    Zscore,
    Stale,
    Divergence,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Above,
        Self::Below,
        Self::CrossesUp,
        Self::CrossesDown,
        Self::Crosses,
        Self::EntersChannel,
        Self::LeavesChannel,
        Self::ChangeAbs,
        Self::ChangePct,
        Self::VolatilityAbove,
        Self::Zscore,
        Self::Stale,
        Self::Divergence,
    ];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::CrossesUp => "crosses_up",
            Self::CrossesDown => "crosses_down",
            Self::Crosses => "crosses",
            Self::EntersChannel => "enters_channel",
            Self::LeavesChannel => "leaves_channel",
            Self::ChangeAbs => "change_abs",
            Self::ChangePct => "change_pct",
            Self::VolatilityAbove => "volatility_above",
            Self::Zscore => "zscore",
            Self::Stale => "stale",
            Self::Divergence => "divergence",
        }
    }
}

impl Direction {
    /// Every direction.
    pub const ALL: [Self; 3] = [Self::Up, Self::Down, Self::Either];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Either => "either",
        }
    }
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 3] = [Self::PriceStddev20, Self::RealizedVol, Self::EwmaVol];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::PriceStddev20 => "price_stddev_20",
            Self::RealizedVol => "realized_vol",
            Self::EwmaVol => "ewma_vol",
        }
    }

    /// Its figure, in the direction of the oriented pair or turned: what is relative is the same both ways, a standard
    /// deviation of the level is not and cannot be known there.
    pub(super) fn of(self, volatility: &Volatility, is_turned: bool) -> Option<f64> {
        match self {
            Self::PriceStddev20 => volatility.price_stddev_20.filter(|_| !is_turned),
            Self::RealizedVol => volatility.realized_vol,
            Self::EwmaVol => volatility.ewma_vol,
        }
    }
}

impl Condition {
    /// Its name.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Level { kind: LevelKind::Above, .. } => Kind::Above,
            Self::Level { kind: LevelKind::Below, .. } => Kind::Below,
            Self::Level { kind: LevelKind::CrossesUp, .. } => Kind::CrossesUp,
            Self::Level { kind: LevelKind::CrossesDown, .. } => Kind::CrossesDown,
            Self::Level { kind: LevelKind::Crosses, .. } => Kind::Crosses,
            Self::Channel { kind: ChannelKind::Enters, .. } => Kind::EntersChannel,
            Self::Channel { kind: ChannelKind::Leaves, .. } => Kind::LeavesChannel,
            Self::Change { by: Move::Absolute(_), .. } => Kind::ChangeAbs,
            Self::Change { by: Move::Percent(_), .. } => Kind::ChangePct,
            Self::VolatilityAbove { .. } => Kind::VolatilityAbove,
            Self::Zscore { .. } => Kind::Zscore,
            Self::Stale { .. } => Kind::Stale,
            Self::Divergence { .. } => Kind::Divergence,
        }
    }

    /// How far back, in source time, it looks; `None` where it looks at no window of time.
    pub fn window(&self) -> Option<TimeDelta> {
        match self {
            Self::Change { window, .. } => Some(*window),
            _ => None,
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Condition", 4)?;
        fields.serialize_field("kind", &self.kind())?;
        match self {
            Self::Level { threshold, .. } => fields.serialize_field("threshold", threshold)?,
            Self::Channel { low, high, .. } => {
                fields.serialize_field("low", low)?;
                fields.serialize_field("high", high)?;
            }
            Self::Change { by, window, direction } => {
                match by {
                    Move::Absolute(delta) => fields.serialize_field("delta", delta)?,
                    Move::Percent(percent) => fields.serialize_field("percent", percent)?,
                }
                fields.serialize_field("window", &span::format(*window))?;
                fields.serialize_field("direction", direction)?;
            }
            Self::VolatilityAbove { measure, threshold } => {
                fields.serialize_field("measure", measure)?;
                fields.serialize_field("threshold", threshold)?;
            }
            Self::Zscore { updates, threshold } => {
                fields.serialize_field("updates", updates)?;
                fields.serialize_field("threshold", threshold)?;
            }
            Self::Stale { factor } => fields.serialize_field("factor", factor)?,
            Self::Divergence { sources, bp } => {
                fields.serialize_field("sources", sources)?;
                fields.serialize_field("bp", bp)?;
            }
        }
        fields.end()
    }
}
