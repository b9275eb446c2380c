//! `GET /rates` under load.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use fx_domain::clock::{Clock, SystemClock};
use salvo::conn::tcp::TcpAcceptor;
use salvo::http::ResBody;
use salvo::http::header::{CONTENT_TYPE, HeaderValue};
use salvo::hyper::body::Bytes;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, Server, async_trait};

use crate::figures::figure;
use crate::fixture::Fixture;
use crate::recording::{mid, table};
use crate::serve;

const ROUNDS: usize = 3;

const CURRENCIES: &str = "USD JPY GBP CHF AUD CAD NZD SEK NOK DKK PLN CZK HUF RON TRY ZAR MXN BRL CNY HKD INR IDR ILS ISK KRW \
                          MYR PHP SGD THB";

/// Sends the same bytes each time.
struct Bare(Bytes);

#[async_trait]
impl Handler for Bare {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        res.body(ResBody::Once(self.0.clone()));
    }
}

pub(crate) async fn measure() {
    let fixture = Fixture::with(|context| context.clock = Arc::new(SystemClock));
    let now = SystemClock.now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let rates = CURRENCIES.split(' ').map(|code| mid(&format!("EUR{code}"), "1.2345")).collect();
    fixture.take_in(table("ecb", &now, rates)).await;
    let served = serve(&fixture).await;
    let body = reqwest::get(format!("http://{served}/rates")).await.expect("an answer").bytes().await.expect("a body");
    figure("get_rates_body", body.len(), "bytes");
    let bare = serve_bare(body).await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(load(bare).await);
        ours.push(load(served).await);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    for (name, load) in [("get_rates", &ours), ("bare_handler", &theirs)] {
        figure(&format!("{name}_throughput"), format_args!("{:.0}", load.throughput), "requests/s");
        figure(&format!("{name}_p50"), format_args!("{:.3}", load.p50), "ms");
        figure(&format!("{name}_p99"), format_args!("{:.3}", load.p99), "ms");
    }
    figure("get_rates_of_bare", format_args!("{:.1}", 100.0 * ours.throughput / theirs.throughput), "%");
}

async fn serve_bare(body: Bytes) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let acceptor = TcpAcceptor::try_from(listener).expect("listens");
    let router = Router::new().push(Router::with_path("rates").get(Bare(body)));
    tokio::spawn(Server::new(acceptor).serve(router));
    address
}

struct Load {
    throughput: f64,
    p50: f64,
    p99: f64,
}

/// Five seconds of 32 connections that ask one question after another.
async fn load(served: SocketAddr) -> Load {
    let wrk = move || {
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-c32", "-d5s", "--latency"]).arg(format!("http://{served}/rates")).output().expect("wrk runs")
    };
    let said = tokio::task::spawn_blocking(wrk).await.expect("it ends");
    let said = String::from_utf8(said.stdout).expect("text");
    assert!(!said.contains("Non-2xx"), "{said}");
    let value = |name: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(name)).expect("wrk says so");
        line.trim_start_matches(':').trim().to_owned()
    };
    Load {
        throughput: value("Requests/sec").parse().expect("a number"),
        p50: millis(&value("50%")),
        p99: millis(&value("99%")),
    }
}

/// wrk prints 950.00us, 1.20ms or 1.00s.
fn millis(text: &str) -> f64 {
    let unit = text.trim_start_matches(|char: char| char.is_ascii_digit() || char == '.');
    let number: f64 = text[..text.len() - unit.len()].parse().expect("a number");
    number
        * match unit {
            "us" => 0.001,
            "ms" => 1.0,
            _ => 1000.0,
        }
}

/// That with the median throughput.
fn median(mut loads: Vec<Load>) -> Load {
    loads.sort_by(|a, b| a.throughput.total_cmp(&b.throughput));
    loads.swap_remove(loads.len() / 2)
}
