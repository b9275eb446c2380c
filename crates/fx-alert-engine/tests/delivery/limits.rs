//! A slow target holds up no other, and is not stormed itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fx_domain::delivery::Status;
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

use crate::fixture::{Desk, answering};

/// Accepts and never answers; counts the connections.
async fn silent() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    (url, count)
}

#[tokio::test]
async fn a_target_that_never_answers_holds_up_no_other() {
    let mut desk = Desk::new().await;
    (desk.settings.timeout, desk.settings.concurrency) = (Duration::from_mins(5), 8);
    let ((url, connections), good) = (silent().await, answering(ResponseTemplate::new(200)).await);
    // Two channels to the one host: it is the host that is spared.
    desk.webhook("silent-1", format!("{url}1")).await;
    desk.webhook("silent-2", format!("{url}2")).await;
    desk.webhook("good", good.uri()).await;
    desk.tell("silent-1", 30).await;
    desk.tell("silent-2", 30).await;
    desk.tell("good", 30).await;
    let running = desk.start();
    desk.until(|all| all.iter().filter(|one| one.status == Status::Delivered).count() == 30).await;
    assert_eq!(connections.load(Ordering::Relaxed), 4, "no more than that at once");
    running.kill();
}

#[tokio::test]
async fn what_is_under_way_when_stopping_begins_is_finished() {
    let desk = Desk::new().await;
    let slow = answering(ResponseTemplate::new(200).set_delay(Duration::from_millis(300))).await;
    desk.webhook("slow", slow.uri()).await;
    let running = desk.start();
    desk.tell("slow", 1).await;
    while slow.received_requests().await.expect("recorded").is_empty() {
        tokio::task::yield_now().await;
    }
    running.stop().await;
    assert_eq!(desk.deliveries().await[0].status, Status::Delivered);
}

#[tokio::test]
async fn where_another_process_delivers_nothing_is_sent() {
    let (mut desk, server) = (Desk::new().await, answering(ResponseTemplate::new(200)).await);
    desk.settings.enabled = false;
    desk.webhook("ops", server.uri()).await;
    desk.tell("ops", 1).await;
    desk.start().stop().await;
    assert!(server.received_requests().await.expect("recorded").is_empty());
    assert_eq!(desk.health.snapshot().components["delivery"].detail, "left to another process");
}
