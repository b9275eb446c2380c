//! The four programs on Kafka, PostgreSQL and Redis, measured from outside: a replay of the ECB's whole history, how long a
//! batch takes to its readers and to an alert, memory, and the takeover by a second alert engine. Prints `name value unit`
//! lines. The release binaries must be built; arguments choose among `replay`, `latency` and `takeover`.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

#[path = "../figures.rs"]
mod figures;
#[path = "../../tests/support/mod.rs"]
mod support;

mod latency;
mod load;
mod memory;
mod replay;
mod takeover;

use support::world::{Plan, World};

fn main() {
    // Cargo adds options of its own.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|one| one == name);
    figures::disk();
    let world = World::new(Plan::default());
    if is_chosen("replay") {
        replay::measure(&world);
    }
    if is_chosen("latency") {
        latency::measure(&world);
    }
    if is_chosen("takeover") {
        takeover::measure(&world);
    }
}
