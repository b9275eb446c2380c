//! What reading costs, on loopback: `GET /rates` beside a bare handler that sends the same bytes, a page of a history of ten
//! million rates, and candles of a year of minutes on both stores. Prints `name value unit` lines; arguments choose among
//! `rates`, `history` and `candles`.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::net::SocketAddr;
use std::num::NonZeroUsize;

use fx_service::Shutdown;
use tokio::runtime::{Builder, Runtime};

#[path = "../../../../benches/figures.rs"]
mod figures;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../../tests/api/fixture.rs"]
mod fixture;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../../tests/api/recording.rs"]
mod recording;

mod drawn;
mod listed;
mod minutes;
mod paged;

use fixture::Fixture;

fn main() {
    // Cargo adds options of its own.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|one| one == name);
    if is_chosen("rates") {
        beside_a_client().block_on(listed::measure());
    }
    let runtime = Runtime::new().expect("a runtime");
    if is_chosen("candles") {
        runtime.block_on(drawn::measure_sqlite());
    }
    if is_chosen("history") || is_chosen("candles") {
        let history = minutes::PostgresHistory::fill();
        if is_chosen("history") {
            runtime.block_on(paged::measure(&history));
        }
        if is_chosen("candles") {
            runtime.block_on(drawn::measure_postgresql(&history));
        }
    }
}

/// Leaves a core to who asks: otherwise the longest waits are those of the two for each other.
fn beside_a_client() -> Runtime {
    let cores = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    Builder::new_multi_thread().worker_threads((cores - 1).max(1)).enable_all().build().expect("a runtime")
}

/// Serves on a port of its own for as long as the process lives.
async fn serve(fixture: &Fixture) -> SocketAddr {
    let listener = fx_api::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let context = fixture.context.clone();
    tokio::spawn(async move { fx_api::serve(listener, context, &Shutdown::new()).await });
    address
}
