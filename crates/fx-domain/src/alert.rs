//! Alerts: rules, and the state machine that watches a pair for each of them.
//!
//! [`Rule`] is what a user asks for, [`step`] the whole of the machine: a pure function from a state, a rule and an
//! update to the next state and the transitions on the way, without clock or IO. Who calls it keeps the [`PairState`].
//!
//! # States
//! `no_data` until the first rate that counts; then `normal → pending → firing → recovering → normal`; `expired` once the
//! episode of a `once` rule is closed, or a rule deleted while one is open. Every change of state is a [`Transition`]. An
//! *episode* begins with a firing and ends with the return to `normal` (or `expired`); from `pending` a machine may go back
//! to `normal` without one.
//!
//! # Conditions
//! | kind | comes true | an episode closes |
//! |---|---|---|
//! | `above` | at a value > threshold | at a value ≤ `clear_threshold`, or ≤ threshold without one |
//! | `below` | at a value < threshold | at a value ≥ `clear_threshold`, or ≥ threshold without one |
//! | `crosses_up` | at last ≤ threshold < this | as for `above` |
//! | `crosses_down` | at last ≥ threshold > this | as for `below` |
//! | `crosses` | where either of the two does | at the next crossing, which opens the next episode at the same update |
//!
//! *Last* is the last value that counted for this machine, whichever feed it came from. The first value of all lets `above`
//! and `below` come true; crossing kinds only take their side. That goes for a new rule too, whose first update is the newest
//! accepted rate there is.
//!
//! - `for` and `min_updates`: the condition must stay true over that much source time, and over that many distinct updates,
//!   the first included; until then `pending`. A gap in the data is not "false": what counts is that the condition was
//!   true at every update that there was.
//! - `cooldown`: that much log time must have passed since the last firing; until then `pending`, and it fires at the first
//!   update after it, if it is still true.
//! - `clear_threshold`: between it and the threshold an open episode is `recovering`; back on the firing side it is `firing`
//!   again, which is the same episode and no new firing.
//! - `once`: the first episode's end is the rule's.
//!
//! # What moves nothing
//! - A **suspect** rate. When it is confirmed it comes again, accepted, and counts then.
//! - A **repeated poll**: the same source time with the same or an older version.
//! - A **late** rate: an older source time than the last that counted; also the same source time from another feed.
//! - A **stream's rate while its market is closed**, unless the rule says `closed_market`. Tables stamp late: theirs always
//!   count.
//!
//! A **correction** (same feed, same source time, newer version) is evaluated like any update, against the last value, which
//! is the one it corrects; it is no distinct update for `min_updates`. A **change of feed** is an update like any other, as
//! long as its source time is newer; the transition's message names both feeds. A **restart** changes nothing: a state is
//! all that the machine knows, and the ids of transitions and episodes follow from alert, pair and the number of
//! transitions so far, so that the same update gives the same ids again.

pub mod backtest;
mod condition;
mod due;
mod fields;
mod hand;
mod known;
mod machine;
mod read;
mod rule;
pub mod span;
mod state;
mod transition;
mod update;
mod values;
mod verdict;
mod view;
mod watch;
mod words;

#[cfg(test)]
mod tests;

pub use condition::{ChannelKind, Condition, Direction, Kind, LevelKind, Measure, Move};
pub use fields::{Problem, RuleError};
pub use hand::{acknowledge, end, reset, resume, snooze};
pub use known::KnownRate;
pub use machine::{Step, Watched, step};
pub use rule::{Pairs, Rule, Severity};
pub use state::{PairState, Point, Seen, State};
pub use transition::{Notice, Transition};
pub use update::{Input, Reading, Skipped, Update};
pub use view::{Acknowledgement, Alert, AlertTimes, Known, StateView};
pub use watch::{ActiveRule, FeedRank, Findings, PairWatch, Skips};
