//! A server that goes and comes, or makes one wait.

use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use fx_config::{PostgresqlSettings, Secret};
use fx_domain::alert::State;
use fx_domain::delivery::Status;
use fx_store::alerts::Effect;
use fx_store::delivery::{DeliveryQuery, Outcome, Wanted};
use fx_store::{PostgresStore, StoreError};
use fx_testkit::postgres::{DATABASE, Postgres, Schema, USER};
use fx_testkit::proxy::Proxy;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{connect, schema, settings, store, until};
use crate::alerts::{MOST, effect, rule, state, transition};
use crate::channels::webhook;
use crate::deliveries::{attempt, wanted};
use crate::rates::{at, published};

fn empty_effect(expected: u64, next_offset: u64) -> Arc<Effect> {
    Arc::new(effect(expected, next_offset))
}

#[tokio::test]
async fn a_server_that_was_down_is_used_as_soon_as_it_is_back() {
    let mut server = Postgres::start();
    let schema = Schema::new(server.address());
    let store = store(&schema);
    let rate = |seconds| vec![published("EURUSD", "1.0842", at(seconds))];
    store.rates().write(rate(0)).await.expect("writes");
    store.engine().open(0).await.expect("opens");
    for kill in [false, true] {
        if kill {
            server.kill();
        } else {
            server.stop();
        }
        let down = store.check().await.expect_err("is down").to_string();
        assert!(down.starts_with(&format!("postgresql at {}: ", server.address())), "{down}");
        store.rates().latest().await.expect_err("is down");
        store.engine().commit(empty_effect(0, 1)).await.expect_err("is down");
        server.start_again();
        store.check().await.expect("is back");
        assert_eq!(store.rates().latest().await.expect("reads").len(), 1);
    }
    assert_eq!(store.rates().write(rate(1)).await.expect("writes"), 1);
    store.engine().commit(empty_effect(0, 1)).await.expect("still stands there");
}

/// Gathers, lends and finishes; a failure leaves the rest for the next time.
async fn deliver(store: &PostgresStore, second: i64) -> Result<(), StoreError> {
    let deliveries = store.deliveries();
    deliveries.gather(at(second)).await?;
    for due in deliveries.due(at(second), Wanted { limit: 7, ..wanted() }).await? {
        deliveries.finished(due.delivery.id, attempt(second, 200), Outcome::Delivered).await?;
    }
    Ok(())
}

#[tokio::test]
async fn no_delivery_is_lost_with_a_server_that_is_killed() {
    let mut server = Postgres::start();
    let schema = Schema::new(server.address());
    let store = store(&schema);
    store.channels().create_channel(webhook("ops", None), at(0), MOST).await.expect("is created");
    let id = store.alerts().create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    store.engine().open(0).await.expect("opens");
    let transitions: Vec<_> = (1..=50).map(|second| transition(id, second, State::Firing)).collect();
    let tell = transitions.iter().map(|told| (told.id, "ops".to_owned())).collect();
    let states = vec![state(id, "EURUSD", State::Firing)];
    let fired = Effect { states, transitions, tell, ..effect(0, 1) };
    store.engine().commit(Arc::new(fired)).await.expect("commits");
    let begun = Arc::new(Notify::new());
    let delivering = tokio::spawn({
        let (store, begun) = (store.clone(), Arc::clone(&begun));
        async move {
            let query =
                || DeliveryQuery { alert_id: Some(id), status: Some(Status::Delivered), after: None, limit: 100 };
            // What was lent and not finished is due again when its lease is over.
            for round in 1.. {
                _ = deliver(&store, round * 61).await;
                begun.notify_one();
                let done = store.deliveries().deliveries(query()).await;
                if let Some(done) = done.ok().filter(|done| done.items.len() == 50) {
                    return done.items;
                }
            }
            Vec::new()
        }
    });
    for _ in 0..2 {
        begun.notified().await;
        server.kill();
        server.start_again();
    }
    let done = tokio::time::timeout(super::PATIENCE, delivering).await.expect("in time").expect("does not panic");
    let told: HashSet<Uuid> = done.iter().flat_map(|delivery| delivery.transitions.clone()).collect();
    assert_eq!((done.len(), told.len()), (50, 50));
    assert!(done.iter().all(|delivery| !delivery.attempts.is_empty()));
}

#[tokio::test]
async fn a_server_that_comes_later_is_enough() {
    let mut server = Postgres::start();
    let schema = Schema::new(server.address());
    server.stop();
    let store = store(&schema);
    let mut changes = store.engine().changes();
    store.check().await.expect_err("is not there");
    server.start_again();
    store.check().await.expect("is there, and gets its tables");
    tokio::time::timeout(super::PATIENCE, changes.changed()).await.expect("in time").expect("the store lives");
}

#[tokio::test]
async fn a_statement_that_waits_for_a_lock_ends_with_a_reason() {
    let schema = schema();
    let patient = store(&schema);
    let impatient = connect(&PostgresqlSettings { lock_timeout: Duration::from_millis(200), ..settings(&schema) });
    patient.rates().write(vec![published("EURUSD", "1.0842", at(0))]).await.expect("writes");
    let lock = format!("BEGIN; LOCK TABLE {}.rates; SELECT pg_sleep(600)", schema.name());
    let mut holder = Command::new("psql")
        .args(["-X", "-h", "127.0.0.1", "-U", USER, "-d", DATABASE, "-c", &lock])
        .arg("-p")
        .arg(schema.address().port().to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("psql runs");
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'rates'::regclass AND mode = 'AccessExclusiveLock'";
    until("the lock", async || schema.run(held) == "1").await;
    let refused = impatient.rates().latest().await.expect_err("waits too long").to_string();
    assert!(refused.ends_with("canceling statement due to lock timeout"), "{refused}");
    schema.run("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'rates'::regclass AND granted");
    holder.wait().expect("psql ends");
    assert_eq!(impatient.rates().latest().await.expect("reads").len(), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_ends_is_replaced() {
    let server = Postgres::start();
    let schema = Schema::new(server.address());
    let store = store(&schema);
    let rate = published("EURUSD", "1.0842", at(0));
    store.rates().write(vec![rate.clone()]).await.expect("writes");
    let others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
    assert_eq!(schema.run(&format!("SELECT count(pg_terminate_backend(pid)) {others}")), "1");
    until("a connection", async || store.rates().latest().await.is_ok_and(|latest| latest == [rate.clone()])).await;
}

#[tokio::test]
async fn a_way_that_swallows_everything_costs_one_connection_and_some_time() {
    let schema = schema();
    let mut proxy = Proxy::start(schema.address());
    let statement_timeout = Duration::from_millis(100);
    let store = connect(&PostgresqlSettings { port: proxy.address().port(), statement_timeout, ..settings(&schema) });
    let rate = published("EURUSD", "1.0842", at(0));
    store.rates().write(vec![rate.clone()]).await.expect("writes");
    proxy.half_open();
    let lost = store.rates().latest().await.expect_err("no answer comes").to_string();
    assert!(lost.contains("no answer within"), "{lost}");
    proxy.restore();
    until("a connection", async || store.rates().latest().await.is_ok_and(|latest| latest == [rate.clone()])).await;
    proxy.cut();
    store.rates().latest().await.expect_err("is cut off");
    proxy.restore();
    until("a connection", async || store.rates().latest().await.is_ok()).await;
}

#[tokio::test]
async fn an_error_never_shows_the_password() {
    let secret = "correct-horse-battery".to_owned();
    let settings = PostgresqlSettings {
        host: "127.0.0.1".to_owned(),
        port: 1,
        password: Some(Secret::from(secret.clone())),
        ..PostgresqlSettings::default()
    };
    let error = connect(&settings).check().await.expect_err("nobody listens there");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("127.0.0.1:1") && shown.to_lowercase().contains("refused"), "{shown}");
    assert!(!shown.contains(&secret));
}
