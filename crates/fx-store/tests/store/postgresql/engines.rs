//! Several engines on one set of tables.

use std::sync::Arc;

use fx_config::PostgresqlSettings;
use fx_domain::alert::State;
use fx_store::PostgresStore;
use fx_store::alerts::{CommitError, Effect};
use fx_testkit::postgres::Schema;
use fx_testkit::proxy::Proxy;
use uuid::Uuid;

use super::{connect, schema, settings, store, until};
use crate::alerts::{MOST, all_transitions, at, effect, rule, state, transition};
use crate::backend::listens;

/// Two engines and a rule.
async fn two(schema: &Schema) -> (PostgresStore, PostgresStore, Uuid) {
    let (first, second) = (store(schema), store(schema));
    let created = first.alerts().create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created");
    (first, second, created.id)
}

fn firing(id: Uuid, expected: u64, next_offset: u64) -> Arc<Effect> {
    Arc::new(Effect {
        states: vec![state(id, "EURUSD", State::Firing)],
        transitions: vec![transition(id, 1, State::Firing)],
        ..effect(expected, next_offset)
    })
}

#[tokio::test]
async fn an_engine_that_was_passed_over_changes_nothing_even_where_the_offset_stands_still() {
    let schema = schema();
    let (paused, heir, id) = two(&schema).await;
    paused.engine().open(0).await.expect("opens");
    heir.engine().open(0).await.expect("takes over");
    heir.engine().commit(firing(id, 0, 0)).await.expect("a change of rules moves no offset");
    let late = paused.engine().commit(firing(id, 0, 0)).await.expect_err("is void");
    assert!(matches!(late, CommitError::Fenced { partition: 0, expected: 0 }), "{late}");
    let late = paused.engine().commit(firing(id, 0, 7)).await.expect_err("is void");
    assert!(matches!(late, CommitError::Fenced { .. }), "{late}");
    heir.engine().commit(firing(id, 0, 5)).await.expect("goes on");
    assert_eq!(heir.alerts().transitions(all_transitions()).await.expect("reads").items.len(), 2);
    assert_eq!(paused.engine().open(0).await.expect("opens").next_offset, 5);
    let late = heir.engine().commit(effect(5, 6).into()).await.expect_err("is void now");
    assert!(matches!(late, CommitError::Fenced { .. }), "{late}");
}

#[tokio::test]
async fn a_rule_is_heard_of_elsewhere_and_one_that_is_deleted_too() {
    let schema = schema();
    let (api, engine, id) = two(&schema).await;
    listens(&engine).await;
    let mut changes = engine.engine().changes();
    api.alerts().create(rule(r#"["GBPUSD"]"#, "info"), at(0), MOST).await.expect("is created");
    tokio::time::timeout(super::PATIENCE, changes.changed()).await.expect("in time").expect("the store lives");
    assert_eq!(engine.engine().rules().await.expect("reads").len(), 2);
    api.alerts().delete(id, None, at(1)).await.expect("deletes");
    tokio::time::timeout(super::PATIENCE, changes.changed()).await.expect("in time").expect("the store lives");
    assert_eq!(engine.engine().rules().await.expect("reads").len(), 1);
    // After a connection that was lost, something may have been missed.
    let listeners = format!("FROM pg_stat_activity WHERE query = 'LISTEN \"{}\"'", schema.name());
    schema.run(&format!("SELECT pg_terminate_backend(pid) {listeners}"));
    tokio::time::timeout(super::PATIENCE, changes.changed()).await.expect("in time").expect("the store lives");
}

#[tokio::test]
async fn one_engine_publishes_and_another_takes_over_when_it_is_gone() {
    let schema = schema();
    let (first, second, id) = two(&schema).await;
    first.engine().open(0).await.expect("opens");
    first.engine().commit(firing(id, 0, 1)).await.expect("commits");
    first.engine().commit(firing(id, 1, 2)).await.expect("commits");
    let handed = first.engine().unpublished(10).await.expect("reads");
    assert_eq!(handed.len(), 2);
    assert_eq!(second.engine().unpublished(10).await.expect("reads"), []);
    first.engine().published(handed[0].position).await.expect("marks");
    assert_eq!(first.engine().unpublished(10).await.expect("reads"), handed[1..]);
    assert_eq!(second.engine().unpublished(10).await.expect("reads"), []);
    drop(first);
    let heir = second.engine();
    until("the other to take over", async || heir.unpublished(10).await.expect("reads") == handed[1..]).await;
    heir.published(handed[1].position).await.expect("marks");
    assert_eq!(heir.unpublished(10).await.expect("reads"), []);
}

#[tokio::test]
async fn what_is_committed_late_is_not_taken_as_published_with_what_came_after_it() {
    let schema = schema();
    let (store, _, id) = two(&schema).await;
    store.engine().open(0).await.expect("opens");
    store.engine().commit(firing(id, 0, 1)).await.expect("commits");
    store.engine().commit(firing(id, 1, 2)).await.expect("commits");
    // As if the first were still being written.
    schema.run("CREATE TABLE late AS SELECT * FROM alert_outbox ORDER BY position LIMIT 1");
    schema.run("DELETE FROM alert_outbox USING late WHERE late.position = alert_outbox.position");
    let handed = store.engine().unpublished(10).await.expect("reads");
    assert_eq!(handed.len(), 1);
    schema.run("INSERT INTO alert_outbox OVERRIDING SYSTEM VALUE SELECT * FROM late");
    store.engine().published(handed[0].position).await.expect("marks");
    let rest = store.engine().unpublished(10).await.expect("reads");
    assert_eq!(rest.len(), 1);
    assert_ne!(rest, handed);
}

#[tokio::test]
async fn two_that_create_at_once_are_not_more_than_allowed() {
    let schema = schema();
    let (first, second, _) = two(&schema).await;
    let create = async |store: &PostgresStore| store.alerts().create(rule(r#"["*"]"#, "info"), at(0), 2).await.is_ok();
    let created = futures::join!(create(&first), create(&second), create(&first), create(&second));
    let created = [created.0, created.1, created.2, created.3].into_iter().filter(|&it| it).count();
    assert_eq!((created, first.engine().rules().await.expect("reads").len()), (1, 2));
}

#[tokio::test]
async fn a_name_that_no_column_holds_does_not_stop_the_engine() {
    let schema = schema();
    let (store, _, id) = two(&schema).await;
    store.engine().open(0).await.expect("opens");
    let mut odd = firing(id, 0, 1).as_ref().clone();
    odd.transitions[0].alert_name = "a\0b".to_owned();
    odd.transitions[0].message = "\\u0000 and \0".to_owned();
    store.engine().commit(odd.into()).await.expect("commits");
    let items = store.alerts().transitions(all_transitions()).await.expect("reads").items;
    assert_eq!((items[0].alert_name.as_str(), items[0].message.as_str()), ("a\u{fffd}b", "\\u0000 and \u{fffd}"));
}

#[tokio::test]
async fn who_publishes_and_is_cut_off_is_followed_by_another() {
    let schema = schema();
    let proxy = Proxy::start(schema.address());
    let through = PostgresqlSettings { port: proxy.address().port(), ..settings(&schema) };
    let (cut_off, heir) = (connect(&through), store(&schema));
    let id = heir.alerts().create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    heir.engine().open(0).await.expect("opens");
    heir.engine().commit(firing(id, 0, 1)).await.expect("commits");
    assert_eq!(cut_off.engine().unpublished(10).await.expect("reads").len(), 1);
    assert_eq!(heir.engine().unpublished(10).await.expect("reads").len(), 0);
    // The server does not hear that it is gone.
    proxy.half_open();
    until("the other to take over", async || heir.engine().unpublished(10).await.expect("reads").len() == 1).await;
}

#[tokio::test]
async fn what_has_gone_out_does_not_go_out_again_because_the_session_was_lost() {
    let schema = schema();
    let (store, _, id) = two(&schema).await;
    store.engine().open(0).await.expect("opens");
    store.engine().commit(firing(id, 0, 1)).await.expect("commits");
    let handed = store.engine().unpublished(10).await.expect("reads");
    let holder = "FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database
        WHERE datname = current_database()) AND (classid::bigint << 32) + objid::bigint =
        hashtextextended('fx-monitor outbox ' || current_schema(), 0)";
    assert_eq!(schema.run(&format!("SELECT count(pg_terminate_backend(pid)) {holder}")), "1");
    until("the rows to be taken as published", async || store.engine().published(handed[0].position).await.is_ok())
        .await;
    assert_eq!(store.engine().unpublished(10).await.expect("reads"), []);
    assert_eq!(schema.run("SELECT count(*) FROM alert_outbox"), "0");
}
