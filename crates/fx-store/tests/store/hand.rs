//! What every store must do when people do something about alerts.

use std::sync::Arc;

use fx_domain::alert::{Acknowledgement, PairState, Rule, Seen, State, Transition};
use fx_store::alerts::{ChangeError, CreateError, Effect, StoredState};
use uuid::Uuid;

use crate::alerts::{MOST, all_transitions, at, effect, pair, published_transition, transition};
use crate::backend::Backend;

contracts! {
    a_change_that_watches_for_the_same_keeps_where_the_machines_stand,
    a_change_of_what_is_watched_for_ends_its_episodes_and_begins_anew,
    an_alert_that_is_over_watches_again_when_its_end_is_taken_away,
    who_changes_what_somebody_else_has_changed_is_refused,
    what_an_engine_writes_of_machines_that_have_begun_anew_is_left_out,
    taking_note_of_an_episode_is_told_once_and_ends_with_it,
    nobody_is_told_of_a_snoozed_alert,
    who_tries_again_with_a_key_gets_the_same_alert,
}

fn rule(condition: &str, note: &str) -> Rule {
    let json = format!(r#"{{"pairs":["EURUSD","GBPUSD"],"condition":{condition},"note":"{note}","channels":["ops"]}}"#);
    Rule::from_json(json.as_bytes()).expect("a rule")
}

const ABOVE: &str = r#"{"kind":"above","threshold":1.1}"#;
const BELOW: &str = r#"{"kind":"below","threshold":1.1}"#;

/// An alert with an open episode for EURUSD.
async fn firing(store: &Backend) -> Uuid {
    let id = store.alerts.create(rule(ABOVE, "a"), at(0), MOST).await.expect("is created").id;
    let last = Seen { value: 1.2, source: "ecb".parse().expect("a source"), source_ts: at(1), fetched_at: at(2) };
    let known = PairState {
        state: State::Firing,
        since: Some(at(3)),
        last: Some(last),
        episode: Some(Uuid::from_u128(3)),
        fired_at: Some(at(3)),
        transitions: 1,
        ..PairState::default()
    };
    let states = vec![StoredState { alert_id: id, begun_at: at(0), pair: pair("EURUSD"), state: known }];
    let expected = store.engine.open(0).await.expect("opens").next_offset;
    let fired =
        Effect { states, transitions: vec![transition(id, 3, State::Firing)], ..effect(expected, expected + 1) };
    store.engine.commit(Arc::new(fired)).await.expect("commits");
    id
}

async fn history(store: &Backend) -> Vec<Transition> {
    let mut history = store.alerts.transitions(all_transitions()).await.expect("reads").items;
    history.reverse();
    history
}

async fn a_change_that_watches_for_the_same_keeps_where_the_machines_stand(store: Backend) {
    let id = firing(&store).await;
    let mut news = store.engine.changes();
    news.mark_unchanged();
    let changed = store.alerts.update(id, rule(ABOVE, "b"), at(0), at(9)).await.expect("changes").expect("is there");
    assert!(news.has_changed().expect("the store lives"));
    assert_eq!((changed.rule.note.as_deref(), changed.updated_at), (Some("b"), at(9)));
    assert_eq!((changed.created_at, changed.states[0].state), (at(0), State::Firing));
    let store = store.restart().await;
    let rules = store.engine.rules().await.expect("reads");
    assert_eq!((rules[0].updated_at, rules[0].begun_at, rules[0].is_first), (at(9), at(0), true));
    assert_eq!(rules[0].begun(), PairState::default());
    assert_eq!((store.engine.open(0).await.expect("opens").states.len(), history(&store).await.len()), (1, 1));
    assert_eq!(store.alerts.get(id, at(9)).await.expect("reads"), Some(changed));
}

async fn a_change_of_what_is_watched_for_ends_its_episodes_and_begins_anew(store: Backend) {
    let id = firing(&store).await;
    let changed = store.alerts.update(id, rule(BELOW, "a"), at(0), at(9)).await.expect("changes").expect("is there");
    assert_eq!((changed.states[0].state, changed.states[0].value), (State::NoData, None));
    let ended = history(&store).await.remove(1);
    assert_eq!((ended.from, ended.to, ended.at), (State::Firing, State::Normal, at(9)));
    assert_eq!(ended.episode_id, Some(Uuid::from_u128(3)));
    let rules = store.engine.rules().await.expect("reads");
    assert_eq!((rules[0].begun_at, rules[0].is_first), (at(9), false));
    // What begins anew gives no transition the id of one before it.
    assert!(rules[0].begun().transitions > 1_000_000);
    assert_eq!(store.engine.open(0).await.expect("opens").states, []);
    assert_eq!(store.deliveries.gather(at(10)).await.expect("gathers"), 1);
    let published = store.engine.unpublished(1000).await.expect("reads");
    assert_eq!(published.iter().take(2).map(published_transition).collect::<Vec<_>>(), history(&store).await);
}

async fn an_alert_that_is_over_watches_again_when_its_end_is_taken_away(store: Backend) {
    let rule = |ends: &str| {
        let json = format!(r#"{{"pair":"EURUSD","condition":{ABOVE},{ends}"cooldown":"1h"}}"#);
        Rule::from_json(json.as_bytes()).expect("a rule")
    };
    let id = store.alerts.create(rule(r#""once":true,"#), at(0), MOST).await.expect("is created").id;
    let over = PairState { state: State::Expired, ..PairState::default() };
    let states = vec![StoredState { alert_id: id, begun_at: at(0), pair: pair("EURUSD"), state: over }];
    store.engine.open(0).await.expect("opens");
    store.engine.commit(Arc::new(Effect { states, ..effect(0, 1) })).await.expect("commits");
    let named = rule(r#""once":true,"name":"n","#);
    let kept = store.alerts.update(id, named, at(0), at(1)).await.expect("changes").expect("is there");
    assert_eq!(kept.states[0].state, State::Expired);
    let again = store.alerts.update(id, rule(""), at(1), at(2)).await.expect("changes").expect("is there");
    assert_eq!(again.states[0].state, State::NoData);
    assert_eq!(store.engine.rules().await.expect("reads")[0].begun_at, at(2));
}

async fn who_changes_what_somebody_else_has_changed_is_refused(store: Backend) {
    let id = firing(&store).await;
    // A clock that stands still gives each change a time of its own all the same.
    let changed = store.alerts.update(id, rule(ABOVE, "b"), at(0), at(0)).await.expect("changes").expect("is there");
    assert!(changed.updated_at > at(0));
    let late = store.alerts.update(id, rule(ABOVE, "c"), at(0), at(9)).await.expect_err("is too late");
    assert!(matches!(late, ChangeError::Conflict), "{late}");
    let late = store.alerts.delete(id, Some(at(0)), at(9)).await.expect_err("is too late");
    assert!(matches!(late, ChangeError::Conflict), "{late}");
    let kept = store.alerts.get(id, at(9)).await.expect("reads").expect("is there");
    assert_eq!(kept.rule.note.as_deref(), Some("b"));
    assert!(store.alerts.delete(id, Some(changed.updated_at), at(9)).await.expect("deletes"));
    assert_eq!(store.alerts.update(id, rule(ABOVE, "c"), at(0), at(9)).await.expect("answers"), None);
}

async fn what_an_engine_writes_of_machines_that_have_begun_anew_is_left_out(store: Backend) {
    let id = firing(&store).await;
    store.alerts.update(id, rule(BELOW, "a"), at(0), at(9)).await.expect("changes").expect("is there");
    let write = async |begun_at, second: u64| {
        let known = PairState { state: State::Normal, ..PairState::default() };
        let states = vec![StoredState { alert_id: id, begun_at, pair: pair("EURUSD"), state: known }];
        let transitions = vec![transition(id, 10, State::Normal)];
        let written = Effect { states, transitions, ..effect(second, second + 1) };
        store.engine.commit(Arc::new(written)).await.expect("commits");
        history(&store).await.len()
    };
    assert_eq!(write(at(0), 1).await, 2);
    assert_eq!(write(at(9), 2).await, 3);
    assert_eq!(store.engine.open(0).await.expect("opens").states[0].begun_at, at(9));
}

async fn taking_note_of_an_episode_is_told_once_and_ends_with_it(store: Backend) {
    let id = firing(&store).await;
    let mine = Acknowledgement { by: Some("ada".to_owned()), comment: Some("on it".to_owned()), at: at(33) };
    let theirs = Acknowledgement { by: Some("bob".to_owned()), comment: None, at: at(34) };
    let noted = store.alerts.acknowledge(id, mine.clone()).await.expect("notes").expect("is there");
    let again = store.alerts.acknowledge(id, theirs).await.expect("notes").expect("is there");
    let states: Vec<_> = again.states.iter().map(|it| it.state).collect();
    assert_eq!((states, &again.states[0].acknowledged), (vec![State::Acknowledged, State::NoData], &Some(mine)));
    assert_eq!(noted.states, again.states);
    let told = history(&store).await;
    assert_eq!((told.len(), told[1].from, told[1].to), (2, State::Firing, State::Acknowledged));
    assert_eq!(
        (told[1].by.as_deref(), told[1].comment.as_deref(), told[1].took_s),
        (Some("ada"), Some("on it"), Some(30.0))
    );
    let store = store.restart().await;
    assert_eq!(store.engine.rules().await.expect("reads")[0].acknowledged, [Uuid::from_u128(3)]);
    assert_eq!(store.deliveries.gather(at(40)).await.expect("gathers"), 1);
    let known = PairState { state: State::Normal, ..PairState::default() };
    let states = vec![StoredState { alert_id: id, begun_at: at(0), pair: pair("EURUSD"), state: known }];
    store.engine.open(0).await.expect("opens");
    let ended = Transition { from: State::Firing, ..transition(id, 50, State::Normal) };
    let ended = Effect { states, transitions: vec![ended], ..effect(1, 2) };
    store.engine.commit(Arc::new(ended)).await.expect("commits");
    assert!(store.engine.rules().await.expect("reads")[0].acknowledged.is_empty());
    let shown = store.alerts.get(id, at(51)).await.expect("reads").expect("is there");
    assert_eq!((shown.states[0].state, &shown.states[0].acknowledged), (State::Normal, &None));
    let nobody = Acknowledgement { by: None, comment: None, at: at(60) };
    assert_eq!(store.alerts.acknowledge(Uuid::nil(), nobody).await.expect("answers"), None);
}

async fn nobody_is_told_of_a_snoozed_alert(store: Backend) {
    let id = firing(&store).await;
    let snoozed = store.alerts.snooze(id, Some(at(100)), at(10)).await.expect("snoozes").expect("is there");
    let states: Vec<_> = snoozed.states.iter().map(|it| it.state).collect();
    assert_eq!((snoozed.snoozed_until, states), (Some(at(100)), vec![State::Snoozed; 2]));
    assert_eq!(store.engine.rules().await.expect("reads")[0].snoozed_until, Some(at(100)));
    let later = store.alerts.get(id, at(100)).await.expect("reads").expect("is there");
    assert_eq!((later.snoozed_until, later.states[0].state), (None, State::Firing));
    let noted = Acknowledgement { by: None, comment: None, at: at(20) };
    store.alerts.acknowledge(id, noted).await.expect("notes");
    assert_eq!(store.deliveries.gather(at(20)).await.expect("gathers"), 0);
    let resumed = store.alerts.snooze(id, None, at(30)).await.expect("resumes").expect("is there");
    assert_eq!((resumed.snoozed_until, resumed.states[0].state), (None, State::Acknowledged));
    let moves: Vec<_> = history(&store).await.into_iter().skip(1).map(|it| (it.from, it.to)).collect();
    let expected =
        [(State::Firing, State::Snoozed), (State::Firing, State::Acknowledged), (State::Snoozed, State::Acknowledged)];
    assert_eq!(moves, expected);
    assert_eq!(store.alerts.snooze(Uuid::nil(), None, at(30)).await.expect("answers"), None);
}

async fn who_tries_again_with_a_key_gets_the_same_alert(store: Backend) {
    let create = async |note: &str, second| {
        store.alerts.create_once(Some("k".to_owned()), rule(ABOVE, note), at(second), MOST).await
    };
    let first = create("a", 0).await.expect("is created");
    assert_eq!(create("a", 1).await.expect("is there"), first);
    let other = create("b", 2).await.expect_err("is another");
    assert!(matches!(other, CreateError::OtherRule), "{other}");
    store.alerts.delete(first.id, None, at(3)).await.expect("deletes");
    assert_ne!(create("a", 4).await.expect("is created").id, first.id);
}
