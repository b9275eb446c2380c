//! Clients that are slow or silent. What many of them do stands in the root's `tests/crowd.rs`.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fixture::Fixture;
use crate::protocol::Served;

/// Longer than any of this takes.
const DEADLINE: Duration = Duration::from_mins(1);

async fn impatient() -> Served {
    Served::new(Fixture::with(|context| context.settings.request_timeout = Duration::from_secs(1))).await
}

/// What comes until the other side closes.
async fn rest(mut connection: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end as well.
    let _ = timeout(DEADLINE, connection.read_to_end(&mut answer)).await.expect("it is closed");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn saying(served: &Served, text: &str) -> TcpStream {
    let mut connection = TcpStream::connect(served.address).await.expect("a connection");
    // It may be closed already.
    let _ = connection.write_all(text.as_bytes()).await;
    connection
}

#[tokio::test]
async fn who_says_nothing_or_never_ends_is_closed() {
    let served = impatient().await;
    for beginning in ["", "GET /rates HT", "GET /rates HTTP/1.1\r\nHost: localhost\r\nX-Slow: a"] {
        let answer = rest(saying(&served, beginning).await).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    let idle = rest(saying(&served, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await).await;
    assert_eq!(idle.matches("HTTP/1.1 200 OK").count(), 1, "answered, then closed: {idle}");
    let http2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0";
    rest(saying(&served, http2).await).await;
}

#[tokio::test]
async fn a_body_that_comes_byte_by_byte_has_an_end() {
    let served = impatient().await;
    let head =
        "POST /alerts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    let (mut reader, mut writer) = saying(&served, head).await.into_split();
    let dribble = tokio::spawn(async move {
        while writer.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut answer = [0; 1024];
    let read = timeout(DEADLINE, reader.read(&mut answer)).await.expect("an answer").expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("application/problem+json"), "{answer}");
    dribble.abort();
}

#[tokio::test]
async fn large_heads_are_refused() {
    let served = Served::new(Fixture::empty()).await;
    let long = "x".repeat(100_000);
    for head in [
        format!("GET /rates?pairs={long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET /rates HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\n\r\n"),
        format!("GET /rates HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(200)),
    ] {
        let mut connection = TcpStream::connect(served.address).await.expect("a connection");
        // It may be closed before all of it is sent.
        let _ = connection.write_all(head.as_bytes()).await;
        let answer = rest(connection).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    assert_eq!(served.client.get(served.url("/health/live")).send().await.expect("an answer").status(), 200);
}

/// Asks on a connection of its own until it is answered.
async fn ask_until_answered(served: &Served) {
    timeout(DEADLINE, async {
        let ask = "GET /rates HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        while !rest(saying(served, ask).await).await.starts_with("HTTP/1.1 200") {}
    })
    .await
    .expect("an answer");
}

#[tokio::test]
async fn the_silent_one_makes_room() {
    let served = Served::new(Fixture::with(|context| context.settings.connections = 1)).await;
    let silent = saying(&served, "GET /rates HTTP/1.1\r\nHost: loc").await;
    ask_until_answered(&served).await;
    assert_eq!(rest(silent).await, "");
    let counted = served.fixture.context.metrics.render();
    assert!(counted.contains("fx_api_connection_evictions_total{reason=\"all\"}"), "{counted}");
}
