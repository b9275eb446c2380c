//! Where no message goes, whatever a channel says.

use std::sync::Arc;

use chrono::TimeDelta;
use fx_config::AllowedNetworks;
use fx_domain::delivery::{Delivery, Status};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fixture::{Desk, Names, answering};

fn error(delivery: &Delivery, attempt: usize) -> &str {
    delivery.attempts[attempt].error.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn addresses_inside_are_refused_in_whatever_way_they_are_written() {
    let mut desk = Desk::new().await;
    desk.settings.allow_private_targets = AllowedNetworks::default();
    let server = answering(ResponseTemplate::new(200)).await;
    let port = server.address().port();
    let hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "169.254.169.254",
        "10.0.0.1",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "2130706433",
        "0.0.0.0",
    ];
    for host in hosts {
        desk.webhook(host, format!("http://{host}:{port}/")).await;
        desk.tell(host, 1).await;
    }
    let running = desk.start();
    let deliveries = desk.until(|all| all.len() == hosts.len() && all.iter().all(|one| one.attempts.len() == 1)).await;
    for delivery in &deliveries {
        assert!(error(delivery, 0).contains("only public addresses are sent to"), "{delivery:#?}");
    }
    assert!(server.received_requests().await.expect("recorded").is_empty());
    running.stop().await;
}

#[tokio::test]
async fn a_name_is_looked_at_again_at_each_connection() {
    let mut desk = Desk::new().await;
    // Each request has a connection of its own.
    let server = answering(ResponseTemplate::new(500).insert_header("connection", "close")).await;
    let names = Names::new(&[&["127.0.0.1"], &["169.254.169.254"], &["::1", "10.0.0.1"], &["127.0.0.2", "127.0.0.1"]]);
    desk.resolver = Arc::<Names>::clone(&names);
    desk.webhook("rebound", format!("http://hooks.example:{}/", server.address().port())).await;
    let running = desk.start();
    desk.tell("rebound", 1).await;
    for attempt in 1..=4 {
        desk.until_attempted(attempt).await;
        desk.advance(TimeDelta::hours(3));
    }
    let delivery = desk.deliveries().await.remove(0);
    assert_eq!(delivery.attempts[0].code, Some(500), "it was good then");
    assert!(error(&delivery, 1).starts_with("169.254.169.254 is link-local"), "{delivery:#?}");
    assert!(error(&delivery, 2).starts_with("10.0.0.1 is private"), "{delivery:#?}");
    assert_eq!(delivery.attempts[3].code, Some(500), "by the address that is permitted");
    assert!(names.asked() >= 4);
    running.stop().await;
}

#[tokio::test]
async fn what_the_operator_allows_is_sent_to_and_its_neighbour_is_not() {
    let desk = Desk::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.2:0").expect("a port");
    let neighbour = MockServer::builder().listener(listener).start().await;
    let allowed = answering(ResponseTemplate::new(200)).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&neighbour).await;
    desk.webhook("allowed", allowed.uri()).await;
    desk.webhook("neighbour", neighbour.uri()).await;
    let running = desk.start();
    desk.tell("allowed", 1).await;
    desk.tell("neighbour", 1).await;
    let deliveries = desk.until(|all| all.len() == 2 && all.iter().all(|one| one.attempts.len() == 1)).await;
    let statuses: Vec<Status> = deliveries.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Status::Delivered, Status::Pending]);
    assert!(neighbour.received_requests().await.expect("recorded").is_empty());
    running.stop().await;
}
