//! A thousand readers of `/stream`: how long after its publication a batch reaches each, and what they cost the service in
//! memory. The readers are a process of their own. Prints `name value unit` lines.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use fx_domain::clock::{Clock, SystemClock};
use fx_service::Shutdown;
use tokio::runtime::Runtime;
use tokio::time::MissedTickBehavior;

#[path = "../../../../benches/figures.rs"]
mod figures;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../../tests/api/fixture.rs"]
mod fixture;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../../tests/api/recording.rs"]
mod recording;

mod readers;

use fixture::Fixture;

const READERS: usize = 1000;
const BATCHES: usize = 60;
const EVERY: Duration = Duration::from_millis(500);

/// What a table feed has.
const CURRENCIES: &str = "USD JPY GBP CHF AUD CAD NZD SEK NOK DKK PLN CZK HUF RON TRY ZAR MXN BRL CNY HKD INR IDR ILS ISK KRW \
                          MYR PHP SGD THB";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(place) = arguments.iter().position(|argument| argument == "--read") {
        readers::run(&arguments[place + 1]);
        return;
    }
    for (name, codes) in [("quote", "USD"), ("table", CURRENCIES)] {
        measure(name, codes);
    }
}

fn measure(name: &str, codes: &str) {
    let runtime = Runtime::new().expect("a runtime");
    let _within = runtime.enter();
    let fixture = Fixture::with(|context| {
        context.clock = Arc::new(SystemClock);
        context.settings.sse_clients = READERS;
    });
    runtime.block_on(publish(&fixture, codes));
    let before = resident_mib();
    let address = runtime.block_on(serve(&fixture));
    let mut readers = Command::new(std::env::current_exe().expect("a path"))
        .args([
            "--read",
            &format!("http://{address}/stream?events=rate"),
            &READERS.to_string(),
            &BATCHES.to_string(),
            name,
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = BufReader::new(readers.stdout.take().expect("its words"));
    assert_eq!(line(&mut said), "ready");
    let most = runtime.block_on(publish_all(&fixture, codes));
    for said in said.lines() {
        println!("{}", said.expect("text"));
    }
    assert!(readers.wait().expect("it ends").success());
    figures::figure(&format!("stream_1000_{name}_memory"), format_args!("{most:.1}"), "MiB");
    figures::figure(&format!("stream_1000_{name}_memory_growth"), format_args!("{:.1}", most - before), "MiB");
}

async fn serve(fixture: &Fixture) -> std::net::SocketAddr {
    let listener = fx_api::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let context = fixture.context.clone();
    tokio::spawn(async move { fx_api::serve(listener, context, &Shutdown::new()).await });
    address
}

/// Answers the most memory that was held meanwhile.
async fn publish_all(fixture: &Fixture, codes: &str) -> f64 {
    let mut times = tokio::time::interval(EVERY);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut most: f64 = 0.0;
    for _ in 0..BATCHES {
        times.tick().await;
        publish(fixture, codes).await;
        most = most.max(resident_mib());
    }
    most
}

/// A batch that says as `fetched_at` when it was published.
async fn publish(fixture: &Fixture, codes: &str) {
    let rates: Vec<_> = codes.split(' ').map(|code| recording::mid(&format!("EUR{code}"), "1.2345")).collect();
    let mut batch = recording::batches().swap_remove(0);
    let now = SystemClock.now();
    (batch.source_ts, batch.fetched_at, batch.ingested_at, batch.rates) = (now, now, now, rates);
    let records = fx_stream::message::enriched_records(&batch, 1, None).expect("encodes");
    fixture.context.cache.put_rates(&[], batch.into_records().collect()).await.expect("the cache takes it");
    fixture.context.log.publish(fx_stream::Topic::RatesEnriched, records).await.expect("the log takes it");
}

fn line(said: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    said.read_line(&mut line).expect("text");
    line.trim().to_owned()
}

/// The memory of this process, without what it only has mapped.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is there").trim();
    kib.trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}
