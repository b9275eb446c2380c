//! What every store of alerts must do.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use fx_domain::alert::{Kind, KnownRate, PairState, Rule, Seen, Severity, State, Transition};
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, Market};
use fx_domain::pair::Pair;
use fx_domain::rate::{Quality, Volatility};
use fx_store::alerts::{
    AlertQuery, CommitError, CreateError, Effect, Outgoing, StoredState, TransitionQuery, Unpublished,
};
use uuid::Uuid;

use crate::backend::Backend;

contracts! {
    rules_are_kept_shown_and_deleted,
    there_are_never_more_than_allowed,
    lists_are_filtered_and_come_in_pages,
    an_effect_is_read_back_exactly,
    what_was_told_before_it_carried_the_kind_has_that_of_its_rule,
    a_second_writer_is_shut_out_and_writes_nothing,
    what_concerns_a_deleted_rule_is_left_out_and_its_history_stays,
    who_is_deleted_closes_its_episodes,
    history_is_filtered_and_comes_in_pages_the_newest_first,
    what_is_published_leaves_the_outbox_in_order,
}

pub(crate) const MOST: usize = 100;

pub(crate) fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_768_392_000, 123_456_000).expect("in range") + TimeDelta::seconds(seconds)
}

pub(crate) fn rule(pairs: &str, severity: &str) -> Rule {
    let json = format!(
        r#"{{"pairs":{pairs},"condition":{{"kind":"above","threshold":1.1}},"severity":"{severity}","for":"10m"}}"#
    );
    Rule::from_json(json.as_bytes()).expect("a rule")
}

pub(crate) fn pair(id: &str) -> Pair {
    id.parse().expect("a pair")
}

pub(crate) fn transition(alert_id: Uuid, second: i64, to: State) -> Transition {
    Transition {
        id: Uuid::now_v7(),
        alert_id,
        alert_name: "n".to_owned(),
        episode_id: Some(Uuid::from_u128(3)),
        pair: pair("EURUSD"),
        from: State::Normal,
        to,
        source: "ecb".parse().expect("a source"),
        source_ts: at(second - 5),
        at: at(second),
        value: 0.1 + 0.2,
        kind: Some(Kind::Above),
        threshold: 1.1,
        severity: Severity::Critical,
        message: "it’s so".to_owned(),
        measured: None,
        notice: None,
        precision_bp: None,
        derived: None,
        by: None,
        comment: None,
        took_s: None,
    }
}

pub(crate) fn state(alert_id: Uuid, id: &str, state: State) -> StoredState {
    let state = PairState { state, since: Some(at(1)), transitions: 4, ..PairState::default() };
    StoredState { alert_id, begun_at: at(0), pair: pair(id), state }
}

pub(crate) fn effect(expected: u64, next_offset: u64) -> Effect {
    Effect {
        partition: 0,
        expected,
        next_offset,
        log_time: Some(at(0)),
        states: Vec::new(),
        transitions: Vec::new(),
        tell: Vec::new(),
        rates: Vec::new(),
    }
}

pub(crate) fn published_transition(published: &Unpublished) -> Transition {
    match &published.what {
        Outgoing::Transition(transition) => transition.as_ref().clone(),
        Outgoing::Delivery(delivery) => panic!("a delivery: {delivery:?}"),
    }
}

fn rate(market_open: bool) -> KnownRate {
    KnownRate {
        source: "ecb".parse().expect("a source"),
        pair: pair("EURUSD"),
        kind: FeedKind::Stream,
        market: Market::Target,
        market_open,
        source_ts: at(1),
        aged_from: at(0),
        fetched_at: at(2),
        mid: 0.1 + 0.2,
        inverse: 1.0 / 3.0,
        quality: Quality::Unusual,
        precision_bp: Some(0.46),
        is_derived: Some(true),
        volatility: Volatility { ewma_vol: Some(0.07), ..Volatility::default() },
    }
}

fn everything() -> AlertQuery {
    AlertQuery { at: at(0), state: None, pair: None, severity: None, after: None, limit: 50 }
}

pub(crate) fn all_transitions() -> TransitionQuery {
    TransitionQuery { alert_id: None, pair: None, from: None, to: None, to_state: None, after: None, limit: 50 }
}

async fn rules_are_kept_shown_and_deleted(store: Backend) {
    let mut changes = store.engine.changes();
    let wanted = rule(r#"["USDEUR","GBPUSD"]"#, "info");
    let created = store.alerts.create(wanted.clone(), at(0), MOST).await.expect("is created");
    assert!(changes.has_changed().expect("the store lives"));
    changes.mark_unchanged();
    let store = store.restart().await;
    let read = store.alerts.get(created.id, at(1)).await.expect("reads").expect("is there");
    assert_eq!(read, created);
    assert_eq!(read.rule, wanted);
    let shown: Vec<_> = read.states.iter().map(|it| (it.pair, it.state, it.since, it.value)).collect();
    assert_eq!(shown, [(pair("USDEUR"), State::NoData, at(0), None), (pair("GBPUSD"), State::NoData, at(0), None)]);
    let mut changes = store.engine.changes();
    assert!(store.alerts.delete(created.id, None, at(1)).await.expect("deletes"));
    assert!(changes.has_changed().expect("the store lives"));
    changes.mark_unchanged();
    assert!(!store.alerts.delete(created.id, None, at(1)).await.expect("answers"));
    assert!(!changes.has_changed().expect("the store lives"));
    assert_eq!(store.alerts.get(created.id, at(1)).await.expect("reads"), None);
    assert_eq!(store.engine.rules().await.expect("reads"), []);
}

async fn there_are_never_more_than_allowed(store: Backend) {
    let first = store.alerts.create(rule(r#"["*"]"#, "info"), at(0), 1).await.expect("is created");
    let refused = store.alerts.create(rule(r#"["*"]"#, "info"), at(0), 1).await.expect_err("is one too many");
    assert!(matches!(refused, CreateError::TooMany { most: 1 }));
    store.alerts.delete(first.id, None, at(1)).await.expect("deletes");
    store.alerts.create(rule(r#"["*"]"#, "info"), at(0), 1).await.expect("there is room again");
}

async fn lists_are_filtered_and_come_in_pages(store: Backend) {
    let mut ids = Vec::new();
    for (pairs, severity) in [(r#"["EURUSD"]"#, "info"), (r#"["*"]"#, "critical"), (r#"["USDJPY"]"#, "critical")] {
        ids.push(store.alerts.create(rule(pairs, severity), at(0), MOST).await.expect("is created").id);
    }
    let changed = Effect { states: vec![state(ids[1], "EURUSD", State::Firing)], ..effect(0, 1) };
    store.engine.open(0).await.expect("opens");
    store.engine.commit(Arc::new(changed)).await.expect("commits");
    let listed = async |query| -> Vec<Uuid> {
        store.alerts.list(query).await.expect("lists").items.into_iter().map(|alert| alert.id).collect()
    };
    assert_eq!(listed(everything()).await, [ids[2], ids[1], ids[0]]);
    assert_eq!(listed(AlertQuery { pair: Some(pair("USDEUR")), ..everything() }).await, [ids[1], ids[0]]);
    assert_eq!(listed(AlertQuery { severity: Some(Severity::Critical), ..everything() }).await, [ids[2], ids[1]]);
    assert_eq!(listed(AlertQuery { state: Some(State::Firing), ..everything() }).await, [ids[1]]);
    assert_eq!(listed(AlertQuery { state: Some(State::NoData), ..everything() }).await, [ids[2], ids[0]]);
    let first = store.alerts.list(AlertQuery { limit: 2, ..everything() }).await.expect("lists");
    assert_eq!((first.items.len(), first.next), (2, Some(ids[1])));
    let second = store.alerts.list(AlertQuery { limit: 2, after: first.next, ..everything() }).await.expect("lists");
    assert_eq!((second.items.len(), second.next), (1, None));
}

async fn an_effect_is_read_back_exactly(store: Backend) {
    let id = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    assert_eq!(store.engine.open(0).await.expect("opens").next_offset, 0);
    let written = Effect {
        states: vec![state(id, "EURUSD", State::Firing)],
        transitions: vec![transition(id, 1, State::Firing)],
        rates: vec![rate(true), rate(false)],
        ..effect(0, 9)
    };
    store.engine.commit(Arc::new(written.clone())).await.expect("commits");
    let store = store.restart().await;
    let mut standing = store.engine.open(0).await.expect("opens");
    standing.rates.sort_by_key(|rate| !rate.market_open);
    assert_eq!((standing.next_offset, standing.log_time), (9, Some(at(0))));
    assert_eq!((standing.states, standing.rates), (written.states, written.rates));
    assert_eq!(store.alerts.transitions(all_transitions()).await.expect("reads").items, written.transitions);
    let elsewhere = store.engine.open(1).await.expect("opens");
    assert_eq!((elsewhere.next_offset, elsewhere.states.len(), elsewhere.rates.len()), (0, 0, 0));
}

async fn what_was_told_before_it_carried_the_kind_has_that_of_its_rule(store: Backend) {
    let gone = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    let stays = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    store.engine.open(0).await.expect("opens");
    let told = Effect {
        states: vec![state(gone, "EURUSD", State::Normal), state(stays, "EURUSD", State::Normal)],
        transitions: vec![transition(gone, 1, State::Normal), transition(stays, 1, State::Normal)],
        ..effect(0, 1)
    };
    store.engine.commit(Arc::new(told)).await.expect("commits");
    store.alerts.delete(gone, None, at(2)).await.expect("deletes");
    let before = "ALTER TABLE alert_transitions DROP COLUMN kind;
        DELETE FROM __diesel_schema_migrations WHERE version = '20261122000004'";
    let store = store.restart_after(before).await;
    let kinds = async |store: &Backend| -> Vec<Option<Kind>> {
        let history = store.alerts.transitions(all_transitions()).await.expect("reads");
        history.items.into_iter().map(|transition| transition.kind).collect()
    };
    assert_eq!(kinds(&store).await, [Some(Kind::Above); 2]);
    let store = store.restart_after("UPDATE alert_transitions SET kind = NULL").await;
    assert_eq!(kinds(&store).await, [None; 2]);
}

async fn a_second_writer_is_shut_out_and_writes_nothing(store: Backend) {
    let id = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    store.engine.open(0).await.expect("opens");
    store.engine.commit(Arc::new(effect(0, 5))).await.expect("commits");
    let stale = Effect {
        states: vec![state(id, "EURUSD", State::Firing)],
        transitions: vec![transition(id, 1, State::Firing)],
        rates: vec![rate(true)],
        ..effect(0, 7)
    };
    let fenced = store.engine.commit(Arc::new(stale)).await.expect_err("is void");
    assert!(matches!(fenced, CommitError::Fenced { partition: 0, expected: 0 }));
    let standing = store.engine.open(0).await.expect("opens");
    assert_eq!((standing.next_offset, standing.states.len(), standing.rates.len()), (5, 0, 0));
    assert!(store.engine.unpublished(10).await.expect("reads").is_empty());
}

async fn what_concerns_a_deleted_rule_is_left_out_and_its_history_stays(store: Backend) {
    let gone = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    let stays = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    store.engine.open(0).await.expect("opens");
    let both = |second, to| Effect {
        states: vec![state(gone, "EURUSD", to), state(stays, "EURUSD", to)],
        transitions: vec![transition(gone, second, to), transition(stays, second, to)],
        ..effect(u64::try_from(second).expect("small") - 1, u64::try_from(second).expect("small"))
    };
    store.engine.commit(Arc::new(both(1, State::Firing))).await.expect("commits");
    store.alerts.delete(gone, None, at(2)).await.expect("deletes");
    store.engine.commit(Arc::new(both(2, State::Normal))).await.expect("commits");
    let states: Vec<_> = store.engine.open(0).await.expect("opens").states.into_iter().map(|it| it.alert_id).collect();
    assert_eq!(states, [stays]);
    let of_gone = TransitionQuery { alert_id: Some(gone), ..all_transitions() };
    let history = store.alerts.transitions(of_gone).await.expect("reads").items;
    assert_eq!(history.iter().map(|it| it.to).collect::<Vec<_>>(), [State::Firing]);
}

async fn who_is_deleted_closes_its_episodes(store: Backend) {
    let id = store.alerts.create(rule(r#"["*"]"#, "info"), at(0), MOST).await.expect("is created").id;
    store.engine.open(0).await.expect("opens");
    let source = "ecb".parse().expect("a source");
    let last = Seen { value: 1.2, source, source_ts: at(-5), fetched_at: at(-4) };
    let open = |pair: &str, now| {
        let mut open = state(id, pair, now);
        (open.state.last, open.state.episode) = (Some(last.clone()), Some(Uuid::from_u128(3)));
        open
    };
    let states =
        vec![open("GBPUSD", State::Recovering), open("EURUSD", State::Firing), state(id, "USDJPY", State::Normal)];
    store.engine.commit(Arc::new(Effect { states, ..effect(0, 1) })).await.expect("commits");
    assert!(store.alerts.delete(id, None, at(9)).await.expect("deletes"));
    assert!(!store.alerts.delete(id, None, at(9)).await.expect("answers"));
    let published: Vec<_> =
        store.engine.unpublished(10).await.expect("reads").iter().map(published_transition).collect();
    let shown: Vec<_> = published.iter().map(|it| (it.pair.to_string(), it.from, it.to, it.at, it.value)).collect();
    let expected = |pair: &str, from| (pair.to_owned(), from, State::Expired, at(9), 1.2);
    assert_eq!(shown, [expected("EURUSD", State::Firing), expected("GBPUSD", State::Recovering)]);
    let mut history = store.alerts.transitions(all_transitions()).await.expect("reads").items;
    history.reverse();
    assert_eq!(history, published);
}

async fn history_is_filtered_and_comes_in_pages_the_newest_first(store: Backend) {
    let id = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    store.engine.open(0).await.expect("opens");
    let (firing, normal) = (State::Firing, State::Normal);
    let transitions = vec![
        transition(id, 1, firing),
        transition(id, 2, normal),
        transition(id, 2, firing),
        transition(id, 3, normal),
    ];
    let states = vec![state(id, "EURUSD", normal)];
    store
        .engine
        .commit(Arc::new(Effect { states, transitions: transitions.clone(), ..effect(0, 1) }))
        .await
        .expect("commits");
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let page =
            store.alerts.transitions(TransitionQuery { after, limit: 1, ..all_transitions() }).await.expect("reads");
        paged.extend(page.items);
        let Some(next) = page.next else { break };
        after = Some(next.to_string().parse().expect("a cursor survives as text"));
    }
    assert_eq!(paged, transitions.iter().rev().cloned().collect::<Vec<_>>());
    let count = async |query| store.alerts.transitions(query).await.expect("reads").items.len();
    assert_eq!(count(TransitionQuery { to_state: Some(firing), ..all_transitions() }).await, 2);
    assert_eq!(count(TransitionQuery { from: Some(at(2)), to: Some(at(3)), ..all_transitions() }).await, 2);
    assert_eq!(count(TransitionQuery { pair: Some(pair("USDEUR")), ..all_transitions() }).await, 4);
    assert_eq!(count(TransitionQuery { pair: Some(pair("USDJPY")), ..all_transitions() }).await, 0);
    assert_eq!(count(TransitionQuery { alert_id: Some(Uuid::nil()), ..all_transitions() }).await, 0);
}

async fn what_is_published_leaves_the_outbox_in_order(store: Backend) {
    let id = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    store.engine.open(0).await.expect("opens");
    let transitions: Vec<_> = (1..=3).map(|second| transition(id, second, State::Firing)).collect();
    let states = vec![state(id, "EURUSD", State::Firing)];
    store
        .engine
        .commit(Arc::new(Effect { states, transitions: transitions.clone(), ..effect(0, 1) }))
        .await
        .expect("commits");
    let first = store.engine.unpublished(2).await.expect("reads");
    assert_eq!(first.iter().map(published_transition).collect::<Vec<_>>(), transitions[..2]);
    store.engine.published(first[1].position).await.expect("marks");
    let rest = store.engine.unpublished(10).await.expect("reads");
    assert_eq!(rest.iter().map(|it| published_transition(it).id).collect::<Vec<_>>(), [transitions[2].id]);
}
