//! Ten thousand connections that want nothing: whoever wants something is served, and memory has an end.

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use support::{OFFLINE, PATIENCE, Service, look_again};

/// Where the limit of open files allows as many.
const CROWD: usize = 10_000;

/// More than the default of `[api] connections`.
const TOO_MANY: usize = 2500;

/// The most that the service may grow by for all of them, at that default.
const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// Each holds connections of its own at the same time.
const TESTS: usize = 2;

/// What each of a crowd says, and then no more.
const BEGINNINGS: [&str; 4] = [
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0",
    "GET /rates HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "POST /alerts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{",
];

#[test]
fn a_crowd_holds_up_nobody() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let service = Service::start_with(folder.path(), OFFLINE, &[]);
    service.until("/rates", |rates| rates["count"] == 36);
    let before = service.memory_bytes();
    for (beginning, size) in BEGINNINGS.map(|beginning| (beginning, TOO_MANY)).into_iter().chain([("", CROWD)]) {
        let crowd = crowd(&service, beginning, size);
        ask_until_answered(&service, "/rates");
        let grown = service.memory_bytes().saturating_sub(before);
        assert!(grown < MOST_BYTES, "{grown} bytes more for {} of {beginning:?}", crowd.len());
    }
}

#[test]
fn a_crowd_that_has_room_stays_and_holds_up_nobody() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let service = Service::start_with(
        folder.path(),
        &format!("{OFFLINE}\n[api]\nconnections = 20000\nrequest_timeout = \"10m\"\n"),
        &[],
    );
    service.until("/rates", |rates| rates["count"] == 36);
    let crowd = crowd(&service, "", CROWD);
    for _ in 0..10 {
        service.get("/rates");
    }
    let open = crowd.iter().filter(|connection| is_open(connection)).count();
    assert_eq!(open, crowd.len(), "who is silent for less than the time-out was closed");
}

fn crowd(service: &Service, beginning: &str, size: usize) -> Vec<TcpStream> {
    let address: SocketAddr = service.url().trim_start_matches("http://").parse().expect("an address");
    let say = |_| {
        let mut connection = TcpStream::connect(address).expect("a connection");
        // It may be closed already.
        let _ = connection.write_all(beginning.as_bytes());
        connection
    };
    (0..as_many_as_possible(size)).map(say).collect()
}

/// On a new connection each time.
fn ask_until_answered(service: &Service, path: &str) {
    let deadline = Instant::now() + PATIENCE;
    while support::Api::new(service.url().to_owned()).try_text(path).is_none() {
        assert!(Instant::now() < deadline, "{path} is not answered");
        look_again();
    }
}

fn is_open(mut connection: &TcpStream) -> bool {
    connection.set_nonblocking(true).expect("set");
    connection.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[expect(clippy::print_stderr, reason = "a test that does less says so")]
fn as_many_as_possible(size: usize) -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("Linux tells it");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
    let files: usize = line.split_whitespace().nth(3).and_then(|number| number.parse().ok()).unwrap_or(usize::MAX);
    let possible = (files.saturating_sub(100) / TESTS).min(size);
    if possible < size {
        eprintln!("only {possible} connections: the limit of open files is {files}, `ulimit -n` raises it");
    }
    possible
}
