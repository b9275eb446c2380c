//! Three days of attempts, by a clock that is moved by hand; and deliveries that somebody began and never finished.

use chrono::TimeDelta;
use fx_domain::delivery::Status;
use fx_store::delivery::{Target, Wanted};
use wiremock::matchers::any;
use wiremock::{Mock, ResponseTemplate};

use crate::fixture::{Desk, answering};

const WAITS_S: [i64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

#[tokio::test]
async fn it_is_tried_ten_times_over_three_days_under_one_id_and_replayed_on_demand() {
    let (desk, server) = (Desk::new().await, answering(ResponseTemplate::new(503)).await);
    desk.webhook("ops", server.uri()).await;
    let running = desk.start();
    desk.tell("ops", 1).await;
    for (attempt, wait) in WAITS_S.into_iter().enumerate() {
        let delivery = desk.until_attempted(attempt + 1).await.remove(0);
        let waits = (delivery.next_at.expect("again") - desk.now()).num_milliseconds();
        assert!((wait * 1000..=wait * 1100 + 1).contains(&waits), "attempt {attempt}: {waits} ms");
        desk.clock.set(delivery.next_at.expect("again") - TimeDelta::milliseconds(1));
        desk.advance(TimeDelta::milliseconds(1));
    }
    let delivery = desk.until_attempted(10).await.remove(0);
    assert_eq!((delivery.status, delivery.next_at), (Status::Failed, None));
    let requests = server.received_requests().await.expect("recorded");
    assert_eq!(requests.len(), 10);
    assert!(requests.iter().all(|one| one.headers["webhook-id"] == delivery.id.to_string().as_str()));
    assert!(requests.iter().all(|one| one.body == requests[0].body));

    server.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    desk.store.deliveries.replay(delivery.id, desk.now()).await.expect("written").expect("a delivery");
    let replayed = desk.until_delivered(1).await.remove(0);
    assert_eq!((replayed.id, replayed.attempts.len()), (delivery.id, 11));
    running.stop().await;
}

#[tokio::test]
async fn what_was_begun_and_never_finished_is_sent_again_under_the_same_id() {
    let (desk, server) = (Desk::new().await, answering(ResponseTemplate::new(200)).await);
    desk.webhook("ops", server.uri()).await;
    desk.tell("ops", 1).await;
    while desk.store.deliveries.gather(desk.now()).await.expect("gathered") > 0 {}
    let wanted = Wanted { limit: 10, per_channel: 10, except: Vec::new(), lease: TimeDelta::seconds(30) };
    let lent = desk.store.deliveries.due(desk.now(), wanted).await.expect("lent").remove(0);
    let running = desk.start();
    desk.tell("ops", 1).await;
    desk.until(|all| all.iter().any(|one| one.status == Status::Delivered)).await;
    assert_eq!(desk.deliveries().await[0].status, Status::Pending, "it is in other hands");
    desk.advance(TimeDelta::seconds(31));
    let deliveries = desk.until_delivered(2).await;
    assert_eq!((deliveries[0].id, deliveries[0].attempts.len()), (lent.delivery.id, 1));
    running.stop().await;
}

#[tokio::test]
async fn lines_of_a_file_are_messages_too() {
    let desk = Desk::new().await;
    desk.channel("log", Target::File { path: "desk.jsonl".to_owned() }).await;
    let running = desk.start();
    desk.tell("log", 3).await;
    let deliveries = desk.until_delivered(3).await;
    let text = std::fs::read_to_string(desk.folder.path().join("deliveries/desk.jsonl")).expect("a file");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().expect("an id").to_owned()).collect();
    let mut expected: Vec<_> = deliveries.iter().map(|one| one.id.to_string()).collect();
    ids.sort();
    expected.sort();
    assert_eq!(ids, expected);
    assert!(lines.iter().all(|line| line["type"] == "alert.firing"));
    running.stop().await;
}
