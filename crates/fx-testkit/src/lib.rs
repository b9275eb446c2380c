//! For tests only: real servers on loopback, and a proxy that breaks the way to them.
//!
//! A server is started once per test run: `tests/servers/with.sh COMMAND` starts all of them and tells their addresses to
//! whatever COMMAND runs; without it each test process starts its own on first use. Either way nothing is left behind: a
//! guard stops the server and removes its folder when whoever started it is gone, however that ended. Tests stay apart by
//! a name of their own ([`unique`]), which becomes a topic prefix, a schema or a key prefix.
//!
//! Everything here blocks; what a test must do meanwhile is on other threads.

pub mod elasticsearch;
pub mod kafka;
pub mod postgres;
mod process;
pub mod proxy;
pub mod python;
pub mod redis;

pub use process::{Server, free_port};

/// A name that no other test has: lower case letters and digits, beginning with a letter.
pub fn unique() -> String {
    format!("t{}", uuid::Uuid::now_v7().simple())
}
