use serde::{Deserialize, Serialize};

/// What is watched for: a threshold, and how a value stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Condition {
    /// How.
    pub kind: Kind,
    /// The price of one base in the quote currency, in the rule's own direction; above 0.
    pub threshold: f64,
}

/// How a value stands to a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Greater than the threshold.
    Above,
    /// Less than the threshold.
    Below,
    /// It was at or below the threshold and is above it.
    CrossesUp,
    /// It was at or above the threshold and is below it.
    CrossesDown,
    /// Either of the two crossings.
    Crosses,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Above, Self::Below, Self::CrossesUp, Self::CrossesDown, Self::Crosses];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::CrossesUp => "crosses_up",
            Self::CrossesDown => "crosses_down",
            Self::Crosses => "crosses",
        }
    }
}

impl Condition {
    /// Whether the condition comes true with `value`, after `last` where there was one.
    pub(super) fn opens(self, last: Option<f64>, value: f64) -> bool {
        let Self { kind, threshold } = self;
        let up = || last.is_some_and(|last| last <= threshold && threshold < value);
        let down = || last.is_some_and(|last| last >= threshold && threshold > value);
        match kind {
            Kind::Above => value > threshold,
            Kind::Below => value < threshold,
            Kind::CrossesUp => up(),
            Kind::CrossesDown => down(),
            Kind::Crosses => up() || down(),
        }
    }

    /// Whether the condition, true with `last`, is still true with `value`.
    pub(super) fn holds(self, last: f64, value: f64) -> bool {
        let Self { kind, threshold } = self;
        match kind {
            Kind::Above | Kind::CrossesUp => value > threshold,
            Kind::Below | Kind::CrossesDown => value < threshold,
            Kind::Crosses => (last > threshold && value > threshold) || (last < threshold && value < threshold),
        }
    }

    /// Whether `value` closes an open episode, given the threshold for that.
    pub(super) fn closes(self, clear: Option<f64>, last: f64, value: f64) -> bool {
        let clear = clear.unwrap_or(self.threshold);
        match self.kind {
            Kind::Above | Kind::CrossesUp => value <= clear,
            Kind::Below | Kind::CrossesDown => value >= clear,
            Kind::Crosses => self.opens(Some(last), value),
        }
    }

    /// Whether an episode that `value` does not close is on the firing side with it.
    pub(super) fn is_firing_side(self, value: f64) -> bool {
        match self.kind {
            Kind::Above | Kind::CrossesUp => value > self.threshold,
            Kind::Below | Kind::CrossesDown => value < self.threshold,
            Kind::Crosses => true,
        }
    }

    /// Whether `clear` lies where the condition is false, or on the threshold.
    pub(super) fn is_safe(self, clear: f64) -> bool {
        match self.kind {
            Kind::Above | Kind::CrossesUp => clear <= self.threshold,
            Kind::Below | Kind::CrossesDown => clear >= self.threshold,
            Kind::Crosses => false,
        }
    }
}
