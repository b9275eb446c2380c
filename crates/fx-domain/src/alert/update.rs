use super::rule::Rule;
use super::state::{PairState, Point, Seen, State};
use crate::clock::Timestamp;
use crate::feed::FeedKind;
use crate::rate::Quality;

/// A rate that a machine is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The rate: its value in the rule's own direction.
    pub seen: Seen,
    /// How its feed speaks.
    pub kind: FeedKind,
    /// Whether its market was open at its source time.
    pub market_open: bool,
    /// What is thought of it.
    pub quality: Quality,
    /// The time by which its age is judged.
    pub aged_from: Timestamp,
    /// The most that rounding by the publisher can be off, in basis points, where it is known.
    pub precision_bp: Option<f64>,
    /// Whether it was derived from others, where that is known.
    pub is_derived: Option<bool>,
}

/// What is measured at an update, beside the rate itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading<'a> {
    /// The figure, of conditions that have one other than the rate or a change of it; `None` where it cannot be known.
    pub figure: Option<f64>,
    /// Of a change: the rate at the window's beginning, where it is known.
    pub reference: Option<Point>,
    /// Of a divergence: the newest rate of the other feed.
    pub beside: Option<&'a Seen>,
}

/// What a machine is shown.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A rate, and what is measured at it; a suspect one is held, and only what it would do is told.
    Rate(&'a Update, Reading<'a>),
    /// An accepted rate of the feed whose held one was told as `unconfirmed`: it settles that, and does no more.
    Settling(&'a Update),
    /// That time has passed; `stale` is measured at it, by the rate that is believed.
    Tick(Option<(f64, &'a Seen)>),
}

/// Why an update moved nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Skipped {
    /// Most likely a mistake.
    Suspect,
    /// A stream's rate from a closed market.
    Closed,
    /// What is known already, or an older version of it.
    Duplicate,
    /// Older than what is known, or just as old from another feed.
    Late,
    /// The rule is over.
    Expired,
}

impl Skipped {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Suspect, Self::Closed, Self::Duplicate, Self::Late, Self::Expired];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspect => "suspect",
            Self::Closed => "closed",
            Self::Duplicate => "duplicate",
            Self::Late => "late",
            Self::Expired => "expired",
        }
    }
}

impl Update {
    /// Why it does not count for the machine, if it does not.
    pub(super) fn skipped(&self, rule: &Rule, state: &PairState) -> Option<Skipped> {
        if self.kind == FeedKind::Stream && !self.market_open && !rule.closed_market {
            return Some(Skipped::Closed);
        }
        if state.state == State::Expired {
            return Some(Skipped::Expired);
        }
        self.seen.skipped_after(state.last_of(rule, &self.seen)?)
    }
}
