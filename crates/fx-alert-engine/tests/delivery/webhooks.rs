//! What a webhook says, and what becomes of it by the answer.

use std::time::Duration;

use chrono::TimeDelta;
use fx_config::Secret;
use fx_domain::delivery::Status;
use fx_testkit::python::{https, verify_webhooks};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use wiremock::{MockServer, Request, ResponseTemplate};

use crate::fixture::{Desk, SECRET, answering, self_signed};

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("text")
}

/// As the verifier wants it, by one secret.
fn by(secret: &str, request: &Request) -> Value {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), header(request, name).into())).collect();
    json!({"secret": secret, "headers": headers, "body": String::from_utf8(request.body.clone()).expect("text")})
}

fn verified(webhooks: &[Value]) -> Vec<String> {
    let lines: Vec<String> = webhooks.iter().map(Value::to_string).collect();
    verify_webhooks(&lines)
}

async fn received(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.expect("they are recorded")
}

#[tokio::test]
async fn it_is_signed_so_that_the_published_library_verifies_it() {
    let (desk, server) = (Desk::new().await, answering(ResponseTemplate::new(200)).await);
    let channel = desk.webhook("ops", server.uri()).await;
    let running = desk.start();
    let told = desk.tell("ops", 1).await;
    let delivery = desk.until_delivered(1).await.remove(0);
    let request = received(&server).await.remove(0);
    assert_eq!(header(&request, "webhook-id"), delivery.id.to_string());
    assert_eq!(header(&request, "content-type"), "application/json");
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    let data = serde_json::to_value(&told[0]).expect("JSON");
    assert_eq!(body, json!({"type": "alert.firing", "timestamp": told[0].at, "data": data}));
    assert_eq!((delivery.attempts.len(), delivery.attempts[0].code), (1, Some(200)));

    let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let mut forged = by(SECRET, &request);
    forged["body"] = Value::from("{}");
    let said = verified(&[by(SECRET, &request), by(other, &request), forged]);
    assert_eq!(said, ["ok", "No matching signature found", "No matching signature found"]);

    desk.store.channels.rotate(channel.id, Secret::from(other.to_owned()), desk.now()).await.expect("rotated");
    desk.tell("ops", 1).await;
    desk.until_delivered(2).await;
    let request = received(&server).await.remove(1);
    assert_eq!(verified(&[by(SECRET, &request), by(other, &request)]), ["ok", "ok"], "both while it rotates");

    desk.advance(TimeDelta::hours(25));
    desk.tell("ops", 1).await;
    desk.until_delivered(3).await;
    let request = received(&server).await.remove(2);
    assert_eq!(header(&request, "webhook-signature").split(' ').count(), 1, "the old one is over");
    running.stop().await;
}

#[tokio::test]
async fn a_failure_is_tried_again_and_retry_after_is_waited_for() {
    let desk = Desk::new().await;
    let failing = answering(ResponseTemplate::new(500)).await;
    let busy = answering(ResponseTemplate::new(429).insert_header("retry-after", "120")).await;
    desk.webhook("failing", failing.uri()).await;
    desk.webhook("busy", busy.uri()).await;
    let running = desk.start();
    desk.tell("failing", 1).await;
    desk.tell("busy", 1).await;
    let deliveries = desk.until(|all| all.len() == 2 && all.iter().all(|one| one.attempts.len() == 1)).await;
    let wait = |place: usize| (deliveries[place].next_at.expect("again") - desk.now()).as_seconds_f64();
    assert!((5.0..=5.5).contains(&wait(0)) && (120.0..=132.0).contains(&wait(1)), "{deliveries:#?}");
    let codes: Vec<_> = deliveries.iter().map(|one| (one.status, one.attempts[0].code)).collect();
    assert_eq!(codes, [(Status::Pending, Some(500)), (Status::Pending, Some(429))]);
    let health = || desk.health.snapshot().components["delivery"].detail.clone();
    while !(health().contains("channel busy takes no messages: answered 429") && health().ends_with("and 1 more")) {
        tokio::task::yield_now().await;
    }
    running.stop().await;
}

#[tokio::test]
async fn who_is_gone_is_told_nothing_more() {
    let (desk, server) = (Desk::new().await, answering(ResponseTemplate::new(410)).await);
    let channel = desk.webhook("gone", server.uri()).await;
    let running = desk.start();
    desk.tell("gone", 1).await;
    desk.until(|all| all.iter().any(|one| one.status == Status::Failed)).await;
    let is_disabled = async || {
        let channel = desk.store.channels.channel(channel.id).await.expect("read").expect("there");
        channel.disabled.is_some_and(|disabled| disabled.reason.contains("410"))
    };
    while !is_disabled().await {
        tokio::task::yield_now().await;
    }
    desk.tell("gone", 2).await;
    let deliveries = desk.until(|all| all.len() == 3).await;
    let statuses: Vec<Status> = deliveries.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Status::Failed, Status::Suppressed, Status::Suppressed]);
    assert_eq!(received(&server).await.len(), 1);
    running.stop().await;
}

#[tokio::test]
async fn a_redirect_is_followed_nowhere() {
    let (desk, other) = (Desk::new().await, answering(ResponseTemplate::new(200)).await);
    let server = answering(ResponseTemplate::new(307).insert_header("location", other.uri())).await;
    desk.webhook("moved", server.uri()).await;
    let running = desk.start();
    desk.tell("moved", 1).await;
    let delivery = desk.until_attempted(1).await.remove(0);
    assert_eq!((delivery.status, delivery.attempts[0].code), (Status::Pending, Some(307)));
    let error = delivery.attempts[0].error.as_deref().expect("an error");
    assert!(error.contains("no redirect is followed"), "{error}");
    assert!(received(&other).await.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn who_is_slow_is_waited_for_and_who_never_answers_is_not() {
    let mut desk = Desk::new().await;
    desk.settings.timeout = Duration::from_secs(1);
    let slow = answering(ResponseTemplate::new(204).set_delay(Duration::from_millis(400))).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    desk.webhook("slow", slow.uri()).await;
    desk.webhook("silent", format!("http://{}/", silent.local_addr().expect("an address"))).await;
    desk.webhook("closed", format!("http://{closed}/?token=sesame")).await;
    let running = desk.start();
    for channel in ["slow", "silent", "closed"] {
        desk.tell(channel, 1).await;
    }
    let deliveries = desk.until(|all| all.len() == 3 && all.iter().all(|one| one.attempts.len() == 1)).await;
    assert_eq!((deliveries[0].status, deliveries[0].attempts[0].code), (Status::Delivered, Some(204)));
    let errors: Vec<_> = deliveries[1..].iter().map(|one| one.attempts[0].error.clone().expect("an error")).collect();
    assert_eq!(errors[0], "no answer within 1s");
    assert!(errors[1].contains("refused") && !errors[1].contains("sesame"), "{errors:?}");
    running.stop().await;
}

#[tokio::test]
async fn what_fires_together_is_one_message_where_the_channel_asks_for_it() {
    let (desk, server) = (Desk::new().await, answering(ResponseTemplate::new(200)).await);
    let target = fx_store::delivery::Target::Webhook { url: server.uri() };
    desk.grouped("digest", target, Some(TimeDelta::seconds(30))).await;
    let running = desk.start();
    let told = desk.tell("digest", 3).await;
    desk.until(|all| all.len() == 1).await;
    desk.advance(TimeDelta::seconds(31));
    desk.until_delivered(1).await;
    let requests = received(&server).await;
    let body: Value = serde_json::from_slice(&requests[0].body).expect("JSON");
    assert_eq!((requests.len(), body["type"].as_str()), (1, Some("alert.group")));
    let transitions = body["data"]["transitions"].as_array().expect("a list");
    let ids: Vec<_> = transitions.iter().map(|one| (one["type"].as_str(), one["id"].as_str())).collect();
    let expected: Vec<String> = told.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(ids, expected.iter().map(|id| (Some("alert.firing"), Some(id.as_str()))).collect::<Vec<_>>());
    running.stop().await;
}

#[tokio::test]
async fn a_test_message_says_that_it_is_one() {
    let (desk, server) = (Desk::new().await, answering(ResponseTemplate::new(200)).await);
    let channel = desk.webhook("ops", server.uri()).await;
    let running = desk.start();
    desk.store.deliveries.test(channel.id, desk.now()).await.expect("written").expect("a channel");
    desk.until_delivered(1).await;
    let body: Value = serde_json::from_slice(&received(&server).await[0].body).expect("JSON");
    assert_eq!((body["type"].as_str(), body["data"]["channel"].as_str()), (Some("channel.test"), Some("ops")));
    running.stop().await;
}

#[tokio::test]
async fn a_certificate_must_be_of_an_authority_that_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = self_signed(folder.path());
    let server = https(&certificate, &key);
    let mut desk = Desk::new().await;
    desk.webhook("ops", format!("https://localhost:{}/", server.address().port())).await;
    let running = desk.start();
    desk.tell("ops", 1).await;
    let delivery = desk.until_attempted(1).await.remove(0);
    let error = delivery.attempts[0].error.as_deref().expect("an error");
    assert!(error.contains("certificate") && delivery.status == Status::Pending, "{error}");
    running.stop().await;
    desk.settings.tls.ca = Some(std::fs::read_to_string(&certificate).expect("readable"));
    let running = desk.start();
    desk.advance(TimeDelta::seconds(6));
    let delivery = desk.until_delivered(1).await.remove(0);
    assert_eq!(delivery.attempts[1].code, Some(204));
    running.stop().await;
}
