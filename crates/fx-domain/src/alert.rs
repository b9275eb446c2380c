//! Alerts: rules, and the state machine that watches a pair for each of them.
//!
//! [`Rule`] is what a user asks for, [`step`] the whole of the machine: a pure function from a state, a rule and an input to
//! the next state and the transitions on the way, without clock or IO. [`PairWatch`] is what the live engine, a replay and a
//! [`backtest`] all reach it through: it keeps the newest rate of each feed, the rates before that rules look back at, and a
//! machine for each rule. A model that works everything out from the whole past holds both against 10,000 random cases.
//!
//! # States
//! `no_data` until the first rate at which the condition can be known; then `normal → pending → firing → recovering →
//! normal`; `expired` once the episode of a `once` rule is closed, `expires_at` is reached, or the rule is deleted during an
//! episode. Every change of state is a [`Transition`]. An *episode* begins with a firing and ends with the return to
//! `normal` (or `expired`); from `pending` a machine may go back to `normal` without one. `snoozed` and `acknowledged` are
//! what people do: they are shown, and transitions go to and from them, while the machine goes on.
//!
//! # Conditions
//! Each is decided by one number at each update: the rate, in the rule's own direction, or a figure that is measured.
//!
//! | kind | the number | comes true | an episode closes |
//! |---|---|---|---|
//! | `above` | the rate | > threshold | ≤ `clear_threshold`, or ≤ threshold without one |
//! | `below` | the rate | < threshold | ≥ `clear_threshold`, or ≥ threshold without one |
//! | `crosses_up` | the rate | last ≤ threshold < this | as for `above` |
//! | `crosses_down` | the rate | last ≥ threshold > this | as for `below` |
//! | `crosses` | the rate | where either of the two does | at the next crossing, which opens the next episode at the same update |
//! | `enters_channel` | the rate | low ≤ this ≤ high, and last was not | outside |
//! | `leaves_channel` | the rate | outside, and last was inside | inside |
//! | `change_abs` | this − reference | ≥ delta in the direction | < delta, and ≤ `clear_threshold` |
//! | `change_pct` | (this ÷ reference − 1) · 100 | ≥ percent in the direction | < percent, and ≤ `clear_threshold` |
//! | `volatility_above` | the update's own measure | > threshold | ≤ threshold, and ≤ `clear_threshold` |
//! | `zscore` | (this − mean) ÷ sample standard deviation of the `updates` rates before | size > threshold | ≤ threshold, and ≤ `clear_threshold` |
//! | `stale` | open-market age ÷ the feed's cadence | > factor | ≤ factor |
//! | `divergence` | \|first ÷ second − 1\| · 10⁴ | > bp | ≤ bp, and ≤ `clear_threshold` |
//!
//! *Last* is the last value that counted for this machine, whichever feed it came from. The first value of all lets level
//! and figure kinds come true; crossings and channels only take their side. That goes for a new rule too, whose first update
//! is the newest accepted rate there is. Figures are compared with 12 significant digits, so that 1.2 is 0.1 above 1.1.
//!
//! A figure that cannot be known moves nothing: it is neither true nor false. So are changes and z-scores at a rate that is
//! late among those believed before, with which only a new rule can meet.
//!
//! - The *reference* of a change is the newest rate that counted at or before this one's source time − `window`. It may be a
//!   thousandth of the window older, since no more is kept, and must have been good then: not older, in open-market time,
//!   than its feed's `stale_after`. With `rebase_on_fire` it is the rate of the last firing, while that lies in the window.
//! - `price_stddev_20` is a level, and cannot be known in the turned direction; nor can any measure before its 20 periods.
//! - A `zscore` cannot be known where fewer rates came before, where these reach back over more than `updates` ×
//!   `stale_after` of open-market time, or where they are all the same.
//! - `stale` goes by the rate that is believed; the cadence is half of `stale_after`. It comes true in the microsecond at
//!   which the age is reached, once the log's time has passed it, and `for` is log time here.
//! - `divergence` is measured at each update of either feed, by the newest accepted rate of both, while neither is stale. A
//!   distinct update is one of either; `for` is measured by the newer of the two source times.
//!
//! # What a rule asks for besides
//! - `for` and `min_updates`: the condition must stay true over that much source time, and over that many distinct updates,
//!   the first included; until then `pending`.
//! - `cooldown`: that much log time must have passed since the last firing; until then `pending`, and it fires at the first
//!   update after it, if it is still true.
//! - `clear_threshold`: between it and the threshold an open episode is `recovering`; back on the firing side it is `firing`
//!   again, which is the same episode and no new firing. Of a figure it is the size at which the episode closes.
//! - `once`: the first episode's end is the rule's. `expires_at`: the first message from that log time on is.
//! - `repeat_every`: an open episode is told again once that much log time has passed since it was last told, unless somebody
//!   has taken note of it.
//!
//! # Notices
//! A [`Notice`] is a transition from a state to the same. `unconfirmed`: a held rate would open an episode now, were it good;
//! given once. `withdrawn`: an accepted rate of that feed came that is later, or another figure for that time; before it is
//! evaluated. The same figure confirms it, and fires. `repeat`: the episode is still open.
//!
//! Channels are told of firings, of ends and of notices; while the alert is snoozed, only of the end of an episode that they
//! know of: who keeps a list of open ones must not be left with it. An episode that began then and is still open is told by a
//! `repeat` once that is over; the end of one that nobody was told of is not told either.
//!
//! # What happens to each condition by
//! | | levels, crossings, channels | changes, z-scores | volatility | `stale` | `divergence` |
//! |---|---|---|---|---|---|
//! | a **restart** | the state is all there is | the log is read again from where the window begins; what has gone from it is not known | as levels | as levels | as levels |
//! | a **suspect** rate | notice, if it would fire | the same, and it enters no window | never: it has no volatility | nothing: the last accepted one ages | notice, if it would fire |
//! | a **repeated poll** | nothing | nothing | nothing | nothing: the age goes on | nothing |
//! | a **late** rate, or one of the same source time from another feed | nothing | nothing, and it enters no window | nothing | counts where its feed is believed again | late is by feed: nothing |
//! | a **correction** of the newest | evaluated against *last*, no distinct update | the same, and it replaces the last point | evaluated | evaluated | evaluated |
//! | a **gap** | not "false": what was true at every update that there was stays true | no reference that was good then: not known | not known until the windows are full | comes true | not known while a feed is stale |
//! | a **stream's rate in a closed market**, unless `closed_market` | nothing | nothing | nothing | nothing: the age stands still | nothing |
//!
//! A **change of feed** is an update like any other, as long as its source time is newer; the transition's message names both
//! feeds. Ids of transitions and episodes follow from alert, pair and the number of transitions so far, so that the same
//! update gives the same ids again.

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
