//! What happens when the file of keys changes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use fx_api::{ApiError, KeyFile, Scope};
use fx_service::Shutdown;
use salvo::test::TestClient;
use tokio::time::{Instant, sleep};

use crate::access::{Guarded, issue};
use crate::fixture::{Fixture, address};
use crate::protocol::Served;

/// Asks until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so().await {
        assert!(Instant::now() < deadline, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn status(guarded: &Guarded, key: &str) -> u16 {
    guarded.fixture.send(TestClient::get(address("/currencies")).bearer_auth(key)).await.status
}

async fn health(guarded: &Guarded) -> serde_json::Value {
    guarded.fixture.get("/health").await.json()["components"]["keys"].clone()
}

#[tokio::test]
async fn a_key_that_is_revoked_stops_and_a_new_one_begins() {
    let (guarded, [read, write, _]) = Guarded::new();
    assert_eq!(status(&guarded, &read).await, 200);
    KeyFile::revoke(&guarded.file, "desk").expect("revoked");
    until("it stops", async || status(&guarded, &read).await == 401).await;
    assert_eq!(status(&guarded, &write).await, 200);
    let new = issue(&guarded.file, "new", Scope::Read, None);
    until("it begins", async || status(&guarded, &new).await == 200).await;
    assert_eq!(health(&guarded).await["detail"], "3 keys");
}

#[tokio::test]
async fn a_broken_file_changes_nothing_and_is_told() {
    let (guarded, [read, ..]) = Guarded::new();
    let text = fs::read_to_string(&guarded.file).expect("readable");
    fs::write(&guarded.file, "[[key]").expect("written");
    until("it is told", async || health(&guarded).await["status"] == "degraded").await;
    let detail = health(&guarded).await["detail"].to_string();
    assert!(detail.contains("is no file of keys: line 1") && detail.contains("keys of before stay valid"), "{detail}");
    assert_eq!(status(&guarded, &read).await, 200);
    fs::write(&guarded.file, text).expect("written");
    until("it is well", async || health(&guarded).await["status"] == "ok").await;
    fs::set_permissions(&guarded.file, Permissions::from_mode(0o644)).expect("set");
    until("others can read it", async || health(&guarded).await["detail"].to_string().contains("chmod 600")).await;
    fs::remove_file(&guarded.file).expect("removed");
    until("it is away", async || health(&guarded).await["detail"].to_string().contains("does not exist")).await;
    assert_eq!(status(&guarded, &read).await, 200);
}

#[tokio::test]
async fn what_a_revoked_key_reads_ends() {
    let (guarded, [read, ..]) = Guarded::new();
    let file = guarded.file.clone();
    let served = Served::new(guarded.fixture).await;
    let stream = served.client.get(served.url("/stream")).bearer_auth(&read).send().await.expect("an answer");
    assert_eq!(stream.status(), 200);
    KeyFile::revoke(&file, "desk").expect("revoked");
    // It would go on without an end, with a comment every 15 s.
    let rest = tokio::time::timeout(Duration::from_mins(1), stream.bytes()).await.expect("it ends");
    rest.expect("it ends as a whole");
}

#[tokio::test]
async fn a_service_does_not_start_without_the_keys_that_it_was_told_of() {
    let (guarded, _) = Guarded::new();
    let start = async |file: &std::path::Path| {
        let mut context = Fixture::empty().context.clone();
        context.settings.keys_file = Some(file.to_owned());
        let listener = fx_api::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
        fx_api::serve(listener, context, &Shutdown::new()).await.expect_err("refused")
    };
    let absent = start(&guarded.file.with_file_name("other.toml")).await;
    assert!(absent.to_string().contains("other.toml --name NAME` makes it with its first key"), "{absent}");
    for name in ["desk", "bot", "boss"] {
        KeyFile::revoke(&guarded.file, name).expect("revoked");
    }
    let empty = start(&guarded.file).await;
    assert!(matches!(empty, ApiError::Keys(_)) && empty.to_string().contains("it has no key"), "{empty}");
}
