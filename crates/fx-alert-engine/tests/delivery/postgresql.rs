//! Two dispatchers on one PostgreSQL, as two engines have them.

use fx_testkit::postgres::{Schema, shared};
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
