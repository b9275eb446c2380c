//! What the engine does (the newest rates, the windows, the machine, restarts in between) against a deliberately naive model,
//! which keeps everything that was ever said and works it all out again at each word.

mod events;
mod naive;
mod played;
mod rules;

use proptest::prelude::*;

use super::*;
use crate::feed::Source;

const FEEDS: [(&str, i64); 2] = [("kraken", 5), ("ecb", 20)];

fn feeds() -> Vec<FeedRank> {
    let rank =
        |(name, minutes): (&str, i64)| FeedRank { source: source(name), stale_after: TimeDelta::minutes(minutes) };
    FEEDS.map(rank).to_vec()
}

fn source(name: &str) -> Source {
    name.parse().expect("a source")
}

/// A transition, without what both sides would take from the same place.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    from: State,
    to: State,
    notice: Option<Notice>,
    at: Timestamp,
    source: String,
    source_ts: Timestamp,
    value: f64,
    measured: Option<f64>,
    /// Which of the episodes, counted from 0.
    episode: Option<usize>,
    is_loud: bool,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_does_as_the_model(rule in rules::any(), events in events::any(), begins in 0usize..12) {
        let expected = naive::told(&rule, &events, begins);
        let (found, states) = played::told(&rule, &events, begins);
        prop_assert_eq!(&found, &expected);
        let mut at = State::NoData;
        for it in &found {
            prop_assert_eq!(it.from, at);
            at = it.to;
        }
        prop_assert!(states.iter().all(|state| state.state == at || (found.is_empty() && state.state == State::Expired)));
    }
}
