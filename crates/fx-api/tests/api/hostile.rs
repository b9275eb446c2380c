//! Requests that are no requests, over a real connection: each is refused or ends, and the service goes on.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fixture::Fixture;
use crate::protocol::Served;

/// Longer than any of this takes.
const DEADLINE: Duration = Duration::from_mins(1);

/// Sends bytes and no more; what comes back until the other side closes.
async fn send(served: &Served, bytes: &[u8]) -> String {
    let connection = TcpStream::connect(served.address).await.expect("a connection");
    let (mut reader, mut writer) = connection.into_split();
    // It may be closed before all of it is sent.
    let _ = writer.write_all(bytes).await;
    let _ = writer.shutdown().await;
    let mut answer = Vec::new();
    // A reset is an end as well.
    let _ = timeout(DEADLINE, reader.read_to_end(&mut answer)).await.expect("it is closed");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer; `None` where there is none.
fn status(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

async fn get(served: &Served, target: &str) -> String {
    send(served, format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).await
}

async fn must_go_on(served: &Served, after: &str) {
    assert_eq!(status(&get(served, "/health/live").await), Some(200), "after {after}");
}

#[tokio::test]
async fn broken_requests_are_refused_or_end() {
    let served = Served::new(Fixture::empty()).await;
    let post = "POST /alerts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let long = "A".repeat(100_000);
    for request in [
        format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{{}}"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\n-1\r\n{{}}\r\n0\r\n\r\n"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\n2{long}\r\n{{}}"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\n5\r\n{{}}"),
        format!("{post}Transfer-Encoding: gzip\r\n\r\n{{}}"),
        format!("{post}Content-Length: 1000\r\n\r\n{{\"pair\":"),
        format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"),
        format!("{post}Content-Length: -1\r\n\r\n{{}}"),
        format!("{post}Content-Length: 99999999999999999999999\r\n\r\n{{}}"),
        format!("{post}Content-Length: 18446744073709551615\r\n\r\n{{}}"),
        format!("GET /rates/{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("{long} / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: localhost\r\nX : a\r\n\r\n".to_owned(),
        "GET /rates?pairs=\r\nX-Evil: 1 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        "GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "\r\n\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned(),
    ] {
        let what: String = request.chars().take(200).collect();
        let answer = send(&served, request.as_bytes()).await;
        assert!(status(&answer).is_none_or(|status| (400..500).contains(&status)), "{what}: {answer}");
        must_go_on(&served, &what).await;
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_page() {
    let served = Served::new(Fixture::empty()).await;
    for path in [
        "/dashboard/assets/../../../../etc/passwd",
        "/dashboard/assets/%2e%2e/%2e%2e/etc/passwd",
        "/dashboard/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/dashboard/assets/%252e%252e/index.html",
        "/dashboard/assets/..\\..\\main.js",
        "/dashboard/assets/main.js%00.css",
        "/dashboard/assets//main.js/..",
        "/dashboard/assets/.",
        "/docs/../../etc/passwd",
        "/docs/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/docs/%00",
        "/rates/%00",
        "/rates/EUR%0d%0aSet-Cookie:%20a=b",
        "/rates/..%2f..%2falerts",
        "/alerts/%0d%0a%0d%0a<script>alert(1)</script>",
        "/alerts/'%20OR%201=1--",
    ] {
        let answer = get(&served, path).await;
        assert!(status(&answer).is_none_or(|status| (400..500).contains(&status)), "{path}: {answer}");
        let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
        assert!(!answer.contains("root:") && !head.contains("set-cookie"), "{path}: {answer}");
        assert!(!head.contains("text/html"), "{path}: {answer}");
    }
    must_go_on(&served, "all of them").await;
}

#[tokio::test]
async fn memory_stays_where_it_is() {
    // Other tests run in this process too; what is sent is a multiple of it.
    const MOST_MORE: u64 = 256 * 1024 * 1024;
    let served = Served::new(Fixture::empty()).await;
    let large = format!("1000000\r\n{}\r\n", "[".repeat(0x0100_0000));
    let deep = "[".repeat(60_000);
    let head = "POST /alerts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let endless = format!("{head}Transfer-Encoding: chunked\r\n\r\n{large}");
    let nested = format!("{head}Content-Length: {}\r\n\r\n{deep}", deep.len());
    let before = resident();
    for round in 0..400 {
        let request = if round % 2 == 0 { &endless } else { &nested };
        let answer = send(&served, request.as_bytes()).await;
        assert!(status(&answer).is_none_or(|status| (400..500).contains(&status)), "{answer}");
        get(&served, &format!("/nowhere/{round}?{round}=1")).await;
    }
    let more = resident().saturating_sub(before);
    assert!(more < MOST_MORE, "{more} bytes more than before");
    must_go_on(&served, "all of them").await;
}

/// The bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") * 1024
}
