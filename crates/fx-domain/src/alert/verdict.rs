//! Whether a condition is true. Each is decided by one number, `x`: the rate itself for levels and channels, for the others
//! the figure that is measured.

use super::condition::{ChannelKind, Condition, Direction, LevelKind, Move};

impl Condition {
    /// What the number is compared with; of a channel the edge that lies between `last` and `x`.
    pub(super) fn threshold(&self, last: Option<f64>, x: f64) -> f64 {
        match self {
            Self::Level { threshold, .. }
            | Self::VolatilityAbove { threshold, .. }
            | Self::Zscore { threshold, .. } => *threshold,
            Self::Channel { low, high, .. } => edge(*low, *high, last, x),
            Self::Change { by: Move::Absolute(size) | Move::Percent(size), .. } => *size,
            Self::Stale { factor } => *factor,
            Self::Divergence { bp, .. } => *bp,
        }
    }

    /// Whether `x` is the rate; else it is a figure of its own, which may not be known.
    pub(super) fn is_of_rate(&self) -> bool {
        matches!(self, Self::Level { .. } | Self::Channel { .. })
    }

    /// Whether the condition comes true with `x`, after the rate `last` where there was one.
    pub(super) fn opens(&self, last: Option<f64>, x: f64) -> bool {
        match self {
            Self::Level { kind, threshold } => level_opens(*kind, *threshold, last, x),
            Self::Channel { .. } => self.holds(x, x) && last.is_some_and(|last| !self.holds(last, last)),
            _ => self.is_true(x),
        }
    }

    /// Whether the condition, true with the rate `last`, is still true with `x`.
    pub(super) fn holds(&self, last: f64, x: f64) -> bool {
        match self {
            Self::Level { kind, threshold } => match kind {
                LevelKind::Above | LevelKind::CrossesUp => x > *threshold,
                LevelKind::Below | LevelKind::CrossesDown => x < *threshold,
                LevelKind::Crosses => (last > *threshold && x > *threshold) || (last < *threshold && x < *threshold),
            },
            Self::Channel { kind, low, high } => (*low..=*high).contains(&x) == (*kind == ChannelKind::Enters),
            _ => self.is_true(x),
        }
    }

    /// Whether `x` closes an open episode, given the threshold for that.
    pub(super) fn closes(&self, clear: Option<f64>, last: f64, x: f64) -> bool {
        match self {
            Self::Level { kind, threshold } => {
                let clear = clear.unwrap_or(*threshold);
                match kind {
                    LevelKind::Above | LevelKind::CrossesUp => x <= clear,
                    LevelKind::Below | LevelKind::CrossesDown => x >= clear,
                    LevelKind::Crosses => self.opens(Some(last), x),
                }
            }
            Self::Channel { .. } => !self.holds(last, x),
            _ => !self.is_true(x) && clear.is_none_or(|clear| self.size(x) <= clear),
        }
    }

    /// Whether an episode that `x` does not close is on the firing side with it.
    pub(super) fn is_firing_side(&self, x: f64) -> bool {
        match self {
            Self::Level { kind: LevelKind::Above | LevelKind::CrossesUp, threshold } => x > *threshold,
            Self::Level { kind: LevelKind::Below | LevelKind::CrossesDown, threshold } => x < *threshold,
            Self::Level { kind: LevelKind::Crosses, .. } | Self::Channel { .. } => true,
            _ => self.is_true(x),
        }
    }

    /// What would be right, where `clear` does not lie where the condition is false, or on the threshold.
    pub(super) fn unsafe_clear(&self, clear: f64) -> Option<String> {
        let none = |why: &str| Some(format!("{why}, leave it out"));
        match self {
            Self::Level { kind: LevelKind::Crosses, .. } => none("`crosses` has no safe side"),
            Self::Channel { .. } => none("a channel's own edges close its episodes"),
            Self::Stale { .. } => none("the next rate closes the episode"),
            Self::Level { kind: LevelKind::Below | LevelKind::CrossesDown, threshold } => {
                (clear < *threshold).then(|| format!("expected at least {threshold}"))
            }
            _ => {
                let threshold = self.threshold(None, 0.0);
                (clear > threshold).then(|| format!("expected at most {threshold}"))
            }
        }
    }

    fn is_true(&self, x: f64) -> bool {
        let (size, threshold) = (self.size(x), self.threshold(None, x));
        if matches!(self, Self::Change { .. }) { size >= threshold } else { size > threshold }
    }

    /// How far a figure goes the way that is watched.
    fn size(&self, x: f64) -> f64 {
        match self {
            Self::Change { direction: Direction::Up, .. } => x,
            Self::Change { direction: Direction::Down, .. } => -x,
            _ => x.abs(),
        }
    }
}

fn level_opens(kind: LevelKind, threshold: f64, last: Option<f64>, x: f64) -> bool {
    let up = || last.is_some_and(|last| last <= threshold && threshold < x);
    let down = || last.is_some_and(|last| last >= threshold && threshold > x);
    match kind {
        LevelKind::Above => x > threshold,
        LevelKind::Below => x < threshold,
        LevelKind::CrossesUp => up(),
        LevelKind::CrossesDown => down(),
        LevelKind::Crosses => up() || down(),
    }
}

/// The edge that was passed, or the nearer one where none was.
fn edge(low: f64, high: f64, last: Option<f64>, x: f64) -> f64 {
    let is_outside = |value: &f64| !(low..=high).contains(value);
    let side = Some(x).filter(is_outside).or(last.filter(is_outside)).unwrap_or(x);
    if side < f64::midpoint(low, high) { low } else { high }
}
