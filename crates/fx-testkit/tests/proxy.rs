//! What the proxy does to a connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use fx_testkit::proxy::Proxy;

/// A server that says everything again.
fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    address
}

fn client(proxy: &Proxy) -> TcpStream {
    let client = TcpStream::connect(proxy.address()).expect("accepted");
    client.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    client
}

fn says_again(mut client: &TcpStream, word: &[u8]) -> bool {
    let mut heard = vec![0; word.len()];
    client.write_all(word).and_then(|()| client.read_exact(&mut heard)).is_ok_and(|()| heard == word)
}

#[test]
fn it_passes_everything_on_and_refuses_while_it_is_cut() {
    let mut proxy = Proxy::start(echo());
    let before = client(&proxy);
    assert!(says_again(&before, &vec![7; 1 << 20]));
    proxy.cut();
    assert!(!says_again(&before, b"word"));
    let refused = TcpStream::connect(proxy.address()).expect_err("nobody listens");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    proxy.cut();
    proxy.restore();
    assert!(says_again(&client(&proxy), b"word"));
}

#[test]
fn half_open_it_accepts_and_passes_nothing_until_it_is_restored() {
    let mut proxy = Proxy::start(echo());
    let mut before = client(&proxy);
    assert!(says_again(&before, b"word"));
    proxy.half_open();
    let during = client(&proxy);
    for mut stream in [&before, &during] {
        stream.write_all(b"later").expect("taken");
        stream.set_read_timeout(Some(Duration::from_millis(50))).expect("set");
        let silence = stream.read(&mut [0]).expect_err("nothing comes");
        assert_eq!(silence.kind(), ErrorKind::WouldBlock);
    }
    proxy.restore();
    before.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    let mut heard = [0; 5];
    before.read_exact(&mut heard).expect("what was stuck comes");
    assert_eq!(&heard, b"later");
    proxy.half_open();
    drop(proxy);
    assert_eq!(before.read(&mut heard).unwrap_or(0), 0, "the connection is closed");
}

#[test]
fn it_delays_each_piece() {
    let proxy = Proxy::start(echo());
    let client = client(&proxy);
    let delay = Duration::from_millis(30);
    proxy.delay(delay);
    let begun = Instant::now();
    assert!(says_again(&client, b"word"));
    assert!(begun.elapsed() >= 2 * delay, "there and back");
}

#[test]
fn it_listens_where_it_is_told_to() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
    let proxy = Proxy::listen(free, echo());
    assert_eq!(proxy.address().port(), free);
    assert!(says_again(&client(&proxy), b"word"));
}
