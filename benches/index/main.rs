//! The role `index` on Kafka and Elasticsearch: how fast it writes what the log holds, beside a bare loop that sends the
//! same requests; how much disk a document takes, beside a plain index; how soon a published batch can be searched for.
//! Prints `name value unit` lines; arguments choose among `sink`, `size` and `searchable`.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

mod captured;
mod feed;
#[path = "../figures.rs"]
mod figures;
mod roles;
mod searchable;
mod server;
mod sink;
mod size;

use server::Server;

/// No condition here takes that long unless something hangs.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(2);

fn main() {
    // Cargo adds options of its own.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |names: &[&str]| chosen.is_empty() || chosen.iter().any(|one| names.contains(&one.as_str()));
    figures::disk();
    let server = Server::shared();
    let kafka = fx_testkit::kafka::shared();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        if is_chosen(&["sink", "size"]) {
            let log = roles::log(kafka).await;
            feed::fill(&log).await;
            let requests = captured::requests(&log).await;
            if is_chosen(&["sink"]) {
                sink::measure(&log, &server, &requests).await;
            }
            if is_chosen(&["size"]) {
                size::measure(&server, &requests).await;
            }
        }
        if is_chosen(&["searchable"]) {
            searchable::measure(&roles::log(kafka).await, &server).await;
        }
    });
}

/// Leaves the processor to the servers between two looks at a condition.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
