//! Two dispatchers on one PostgreSQL, as two engines have them; and one whose PostgreSQL goes and comes.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use fx_testkit::postgres::{Postgres, Schema, shared};
use wiremock::ResponseTemplate;

use crate::fixture::{Desk, Stores, answering};

#[tokio::test(flavor = "multi_thread")]
async fn two_share_the_work_and_send_nothing_twice() {
    let schema = Schema::new(shared());
    let server = answering(ResponseTemplate::new(200)).await;
    let desk = Desk::on(tempfile::tempdir().expect("a folder"), Stores::postgresql(&schema)).await;
    desk.webhook("ops", server.uri()).await;
    let other = desk.beside(Stores::postgresql(&schema));
    let running = [desk.start(), other.start()];
    for _ in 0..10 {
        desk.tell("ops", 20).await;
    }
    let deliveries = desk.until_delivered(200).await;
    let requests = server.received_requests().await.expect("recorded");
    let mut ids: Vec<_> = requests.iter().map(|one| one.headers["webhook-id"].to_str().expect("text")).collect();
    ids.sort_unstable();
    let mut expected: Vec<_> = deliveries.iter().map(|one| one.id.to_string()).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    for one in running {
        one.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_killed_and_comes_back_loses_nothing() {
    let mut postgres = Postgres::start();
    let schema = Schema::new(postgres.address());
    let server = answering(ResponseTemplate::new(200).set_delay(Duration::from_millis(20))).await;
    let desk = Desk::on(tempfile::tempdir().expect("a folder"), Stores::postgresql(&schema)).await;
    desk.webhook("ops", server.uri()).await;
    desk.tell("ops", 100).await;
    let running = desk.start();
    while server.received_requests().await.expect("recorded").len() < 20 {
        tokio::task::yield_now().await;
    }
    postgres.kill();
    postgres.start_again();
    // What was lent by an answer that never came is lent again.
    desk.advance(TimeDelta::minutes(1));
    let deliveries = desk.until_delivered(100).await;
    let requests = server.received_requests().await.expect("recorded");
    let ids: BTreeSet<_> =
        requests.iter().map(|one| one.headers["webhook-id"].to_str().expect("text").to_owned()).collect();
    assert_eq!(ids, deliveries.iter().map(|one| one.id.to_string()).collect());
    running.stop().await;
}
