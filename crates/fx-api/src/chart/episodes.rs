//! When alerts on a pair fired.

use std::collections::HashMap;

use fx_domain::alert::Transition;
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use fx_store::StoreError;
use fx_store::alerts::{AlertStore, TransitionQuery};
use uuid::Uuid;

/// Transitions that are looked through, before the picture begins and after: a picture with more would be all ground.
const MOST: u32 = 1000;

/// An episode, in source time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Episode {
    pub(super) alert: String,
    /// `None` where it began before what is shown.
    pub(super) from: Option<Timestamp>,
    /// `None` where it goes on.
    pub(super) to: Option<Timestamp>,
}

/// The episodes of alerts on `pair`, in either direction, that lie within these source times or reach into them.
pub(super) async fn within(
    alerts: &dyn AlertStore,
    pair: Pair,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Episode>, StoreError> {
    let query = |begin, end| TransitionQuery {
        alert_id: None,
        pair: Some(pair),
        from: begin,
        to: end,
        to_state: None,
        after: None,
        limit: MOST,
    };
    let mut newest_first = alerts.transitions(query(Some(from), None)).await?.items;
    newest_first.extend(alerts.transitions(query(None, Some(from))).await?.items);
    Ok(shown(&newest_first, from, to))
}

fn shown(newest_first: &[Transition], from: Timestamp, to: Timestamp) -> Vec<Episode> {
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    let mut episodes: Vec<Episode> = Vec::new();
    for transition in newest_first {
        let Some(id) = transition.episode_id else { continue };
        let place = *places.entry(id).or_insert(episodes.len());
        if place == episodes.len() {
            let to = transition.closes_episode().then_some(transition.source_ts);
            episodes.push(Episode { alert: transition.alert_name.clone(), from: None, to });
        }
        episodes[place].from = Some(transition.source_ts);
    }
    let reaches = |episode: &Episode| episode.from.is_none_or(|at| at < to) && episode.to.is_none_or(|at| at >= from);
    episodes.retain(reaches);
    for episode in &mut episodes {
        episode.from = episode.from.filter(|&at| at >= from);
    }
    episodes.reverse();
    episodes
}

#[cfg(test)]
mod tests {
    use fx_domain::alert::{Severity, State};

    use super::*;

    fn at(minute: u32) -> Timestamp {
        format!("2026-10-30T10:{minute:02}:00Z").parse().expect("a time")
    }

    fn transition(episode: u128, minute: u32, to: State) -> Transition {
        Transition {
            id: Uuid::from_u128(minute.into()),
            alert_id: Uuid::from_u128(1),
            alert_name: format!("alert {episode}"),
            episode_id: Some(Uuid::from_u128(episode)),
            pair: "EURUSD".parse().expect("a pair"),
            from: State::Normal,
            to,
            source: "ecb".parse().expect("a source"),
            source_ts: at(minute),
            at: at(minute),
            value: 1.1,
            kind: None,
            threshold: 1.1,
            severity: Severity::Warning,
            message: String::new(),
            measured: None,
            notice: None,
            precision_bp: None,
            derived: None,
            by: None,
            comment: None,
            took_s: None,
        }
    }

    #[test]
    fn what_reaches_in_is_shown_and_what_does_not_is_not() {
        let newest_first = [
            transition(4, 50, State::Firing),
            transition(3, 30, State::Firing),
            transition(2, 25, State::Normal),
            transition(2, 22, State::Recovering),
            transition(2, 5, State::Firing),
            transition(1, 4, State::Normal),
            transition(1, 3, State::Firing),
        ];
        let shown = shown(&newest_first, at(20), at(40));
        let shown: Vec<_> = shown.iter().map(|it| (it.alert.as_str(), it.from, it.to)).collect();
        assert_eq!(shown, [("alert 2", None, Some(at(25))), ("alert 3", Some(at(30)), None)]);
    }
}
