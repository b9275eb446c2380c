//! When time alone may move a machine.

use super::condition::Condition;
use super::machine::Watched;
use super::state::{PairState, State};
use crate::clock::Timestamp;

/// The log time before which no tick moves the machine; `None` where only a rate does. `stale_at` is the earliest time at
/// which the last rate may be stale, as far as the rule asks for that.
pub(super) fn next_due(
    watched: &Watched<'_>,
    state: &PairState,
    at: Timestamp,
    stale_at: Option<Timestamp>,
) -> Option<Timestamp> {
    if state.state == State::Expired {
        return None;
    }
    let told_again = || {
        let told = state.repeated_at.or(state.fired_at);
        let every = watched.rule.repeat_every.zip(told).map(|(every, told)| told + every);
        let snoozed_until = watched.snoozed_until.filter(|until| *until > at);
        match (state.muted, every) {
            (true, _) => Some(snoozed_until.unwrap_or(at)),
            (false, every) => every.map(|every| snoozed_until.map_or(every, |until| until.max(every))),
        }
    };
    let repeat = (state.episode.is_some() && !watched.acknowledged).then(told_again).flatten();
    let by_age = match (&watched.rule.condition, state.state) {
        (Condition::Stale { .. }, State::Pending) => Some(may_fire_at(watched, state).map_or(at, |time| time.max(at))),
        (Condition::Stale { .. }, State::NoData | State::Normal) => stale_at,
        _ => None,
    };
    [watched.rule.expires_at, repeat, by_age].into_iter().flatten().min()
}

/// When `for` and `cooldown` are over.
fn may_fire_at(watched: &Watched<'_>, state: &PairState) -> Option<Timestamp> {
    let held = watched.rule.hold_for.zip(state.true_since).map(|(hold_for, since)| since + hold_for);
    let cool = watched.rule.cooldown.zip(state.fired_at).map(|(cooldown, fired)| fired + cooldown);
    held.into_iter().chain(cool).max()
}
