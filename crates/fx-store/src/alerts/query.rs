//! What is asked of alerts, and how answers come in pages.

use std::fmt;
use std::str::FromStr;

use chrono::DateTime;
use fx_domain::alert::{Alert, Pairs, Severity, State};
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use uuid::Uuid;

/// Which alerts are wanted.
#[derive(Clone, Debug)]
pub struct AlertQuery {
    /// The time by which they are shown: what is snoozed until then is not any more.
    pub at: Timestamp,
    /// Those with a pair in this state.
    pub state: Option<State>,
    /// Those that watch this pair, in either direction; rules on every pair do.
    pub pair: Option<Pair>,
    /// Those of this severity.
    pub severity: Option<Severity>,
    /// Goes on after this alert.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// Which transitions are wanted.
#[derive(Clone, Debug)]
pub struct TransitionQuery {
    /// Those of this alert.
    pub alert_id: Option<Uuid>,
    /// Those of this pair, in either direction.
    pub pair: Option<Pair>,
    /// From this log time on.
    pub from: Option<Timestamp>,
    /// Until before this log time.
    pub to: Option<Timestamp>,
    /// Those that led to this state.
    pub to_state: Option<State>,
    /// Goes on after this place.
    pub after: Option<TransitionCursor>,
    /// At most so many.
    pub limit: u32,
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T, C> {
    /// The part.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<C>,
}

/// A place in the history of alerts; as text for those who ask for the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitionCursor {
    pub(super) at: Timestamp,
    pub(super) position: i64,
}

/// A text that is no place in the history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor, expected the `next_cursor` of an answer")]
pub struct CursorError;

impl fmt::Display for TransitionCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.timestamp_micros(), self.position)
    }
}

impl FromStr for TransitionCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (at, position) = text.rsplit_once('-').ok_or(CursorError)?;
        let at = at.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(CursorError)?;
        Ok(Self { at, position: position.parse().map_err(|_| CursorError)? })
    }
}

impl AlertQuery {
    /// What no column tells.
    pub(super) fn matches(&self, alert: &Alert) -> bool {
        let watches = |wanted: Pair| match &alert.rule.pairs {
            Pairs::All => true,
            Pairs::Named(pairs) => pairs.iter().any(|pair| pair.orient() == wanted.orient()),
        };
        self.pair.is_none_or(watches)
            && self.state.is_none_or(|wanted| alert.states.iter().any(|state| state.state == wanted))
    }
}
