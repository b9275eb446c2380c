use super::*;

fn states(json: &str, updates: &[Update]) -> Vec<(State, State)> {
    run(&rule(json), updates).1.iter().map(|transition| (transition.from, transition.to)).collect()
}

fn values(values: &[f64]) -> Vec<Update> {
    (0..).zip(values).map(|(minutes, &value)| update(minutes, value)).collect()
}

use State::{Expired, Firing, NoData, Normal, Pending, Recovering};

#[test]
fn above_may_fire_at_the_first_rate_and_closes_at_the_threshold() {
    let above = r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#;
    assert_eq!(states(above, &values(&[1.2, 1.3, 1.1, 1.2])), [(NoData, Firing), (Firing, Normal), (Normal, Firing)]);
    let below = r#"{"pair":"EURUSD","condition":"below","threshold":1.1}"#;
    assert_eq!(states(below, &values(&[1.2, 1.1, 1.0, 1.1])), [(NoData, Normal), (Normal, Firing), (Firing, Normal)]);
}

#[test]
fn crossings_only_take_their_side_at_first() {
    let up = r#"{"pair":"EURUSD","condition":"crosses_up","threshold":1.1}"#;
    assert_eq!(states(up, &values(&[1.2, 1.3])), [(NoData, Normal)]);
    assert_eq!(states(up, &values(&[1.1, 1.2, 1.1])), [(NoData, Normal), (Normal, Firing), (Firing, Normal)]);
    let down = r#"{"pair":"EURUSD","condition":"crosses_down","threshold":1.1}"#;
    assert_eq!(states(down, &values(&[1.0, 1.2, 1.0])), [(NoData, Normal), (Normal, Firing)]);
}

#[test]
fn each_crossing_is_an_episode_of_its_own() {
    let both = rule(r#"{"pair":"EURUSD","condition":"crosses","threshold":1.1}"#);
    let (_, transitions) = run(&both, &values(&[1.0, 1.2, 1.3, 1.0]));
    let moves: Vec<_> = transitions.iter().map(|it| (it.from, it.to)).collect();
    assert_eq!(moves, [(NoData, Normal), (Normal, Firing), (Firing, Normal), (Normal, Firing)]);
    assert_eq!(transitions[2].episode_id, transitions[1].episode_id);
    assert_ne!(transitions[3].episode_id, transitions[2].episode_id);
    assert_eq!(transitions[2].at, transitions[3].at);
    let once = r#"{"pair":"EURUSD","condition":"crosses","threshold":1.1,"once":true}"#;
    assert_eq!(states(once, &values(&[1.0, 1.2, 1.0, 1.2])), [(NoData, Normal), (Normal, Firing), (Firing, Expired)]);
}

#[test]
fn between_the_thresholds_an_episode_recovers_and_goes_on() {
    let json = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"clear_threshold":1.05}"#;
    let (_, transitions) = run(&rule(json), &values(&[1.2, 1.08, 1.2, 1.07, 1.05]));
    let moves: Vec<_> = transitions.iter().map(|it| (it.from, it.to)).collect();
    assert_eq!(
        moves,
        [(NoData, Firing), (Firing, Recovering), (Recovering, Firing), (Firing, Recovering), (Recovering, Normal)]
    );
    assert!(transitions.iter().all(|it| it.episode_id == transitions[0].episode_id && it.episode_id.is_some()));
}

#[test]
fn for_counts_source_time_and_a_false_moment_begins_it_again() {
    let json = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"for":"2m"}"#;
    assert_eq!(
        states(json, &values(&[1.2, 1.2, 1.0, 1.2, 1.2, 1.2])),
        [(NoData, Pending), (Pending, Normal), (Normal, Pending), (Pending, Firing)]
    );
}

#[test]
fn a_correction_is_no_distinct_update() {
    let json = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"min_updates":2}"#;
    let mut corrected = update(0, 1.3);
    corrected.seen.fetched_at = minute(1);
    assert_eq!(states(json, &[update(0, 1.2), corrected.clone()]), [(NoData, Pending)]);
    assert_eq!(
        states(json, &[update(0, 1.2), corrected.clone(), update(1, 1.2)]),
        [(NoData, Pending), (Pending, Firing)]
    );
    let plain = r#"{"pair":"EURUSD","condition":"above","threshold":1.25}"#;
    assert_eq!(states(plain, &[update(0, 1.2), corrected]), [(NoData, Normal), (Normal, Firing)]);
}

#[test]
fn the_cooldown_waits_in_pending() {
    let json = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"cooldown":"4m"}"#;
    assert_eq!(
        states(json, &values(&[1.2, 1.0, 1.2, 1.2, 1.2])),
        [(NoData, Firing), (Firing, Normal), (Normal, Pending), (Pending, Firing)]
    );
}

#[test]
fn once_expires_with_its_episode() {
    let json = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"once":true}"#;
    let (state, transitions) = run(&rule(json), &values(&[1.2, 1.0, 1.2]));
    assert_eq!((state.state, transitions.len()), (Expired, 2));
}

#[test]
fn what_does_not_count_moves_nothing() {
    let above = rule(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#);
    let (state, _) = run(&above, &[update(5, 1.0)]);
    let skipped = |change: &dyn Fn(&mut Update)| {
        let mut update = update(6, 1.0);
        change(&mut update);
        let next = step(&watched(&above), state.clone(), &rate(&update), minute(6));
        assert_eq!(next.state, state);
        next.skipped
    };
    assert_eq!(skipped(&|it| it.quality = Quality::Suspect), Some(Skipped::Suspect));
    assert_eq!(skipped(&|it| it.seen.source_ts = minute(4)), Some(Skipped::Late));
    assert_eq!(
        skipped(&|it| {
            it.seen.source_ts = minute(5);
            it.seen.source = "kraken".parse().expect("a source");
        }),
        Some(Skipped::Late)
    );
    assert_eq!(
        skipped(&|it| (it.seen.source_ts, it.seen.fetched_at) = (minute(5), minute(5))),
        Some(Skipped::Duplicate)
    );
    assert_eq!(skipped(&|it| (it.kind, it.market_open) = (FeedKind::Stream, false)), Some(Skipped::Closed));
}

#[test]
fn a_closed_market_counts_for_tables_and_where_it_is_asked_for() {
    let json = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"closed_market":true}"#;
    let mut closed = update(0, 1.2);
    closed.market_open = false;
    assert_eq!(
        states(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#, &[closed.clone()]),
        [(NoData, Firing)]
    );
    closed.kind = FeedKind::Stream;
    assert_eq!(states(json, &[closed]), [(NoData, Firing)]);
}

#[test]
fn messages_name_figures_unusual_moves_and_feeds() {
    let above = rule(r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"for":"1m"}"#);
    let mut second = update(1, 1.3);
    second.seen.source = "kraken".parse().expect("a source");
    second.quality = Quality::Unusual;
    let (_, transitions) = run(&above, &[update(0, 1.2), second]);
    assert_eq!(transitions[0].message, "EURUSD 1.2 is above 1.1, waiting for 1m of it; rate of ecb, 0s old");
    assert_eq!(
        transitions[1].message,
        "EURUSD 1.3 is above 1.1, since 2026-01-14T12:00:00Z; an unusual move; rate of kraken, 0s old; the rate is now that \
         of kraken, before of ecb"
    );
}

#[test]
fn ids_follow_from_what_happened() {
    let above = rule(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#);
    let updates = values(&[1.2, 1.0, 1.2]);
    let (first, again) = (run(&above, &updates).1, run(&above, &updates).1);
    assert_eq!(first, again);
    let mut ids: Vec<_> = first.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), first.len());
}

#[test]
fn who_is_deleted_in_an_episode_closes_it() {
    let rule = rule(r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"clear_threshold":1.05}"#);
    for (values, from) in [(values(&[1.0, 1.2]), Firing), (values(&[1.0, 1.2, 1.08]), Recovering)] {
        let (state, transitions) = run(&rule, &values);
        let closed = end(&watched(&rule), &state, minute(9)).expect("an episode is open");
        assert_eq!((closed.from, closed.to, closed.at), (from, Expired, minute(9)));
        assert_eq!(closed.episode_id, transitions[1].episode_id);
        assert!(transitions.iter().all(|it| it.id != closed.id));
        let last = values.last().map(|update| (update.seen.value, update.seen.source_ts));
        assert_eq!(Some((closed.value, closed.source_ts)), last);
        assert_eq!(end(&watched(&rule), &state, minute(0)).expect("is open").at, state.since.expect("has moved"));
    }
    for values in [values(&[]), values(&[1.0]), values(&[1.2, 1.0])] {
        assert_eq!(end(&watched(&rule), &run(&rule, &values).0, minute(9)), None);
    }
}
