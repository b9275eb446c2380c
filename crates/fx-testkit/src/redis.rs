//! Redis.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::process::Server;

/// A Redis server that keeps nothing over a stop.
pub struct Redis(Server);

impl Redis {
    /// A server of one's own, for tests that stop or empty it.
    pub fn start() -> Self {
        Self::start_with(|_, _| Vec::new())
    }

    /// The same with further arguments, which may name files in its folder and its port.
    pub fn start_with(further: impl Fn(&Path, u16) -> Vec<String> + Send + Sync + 'static) -> Self {
        Self(Server::start("redis", move |folder, port| {
            let mut command = Command::new("redis-server");
            command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
            command.arg("--dir").arg(folder).arg("--unixsocket").arg(folder.join("redis.sock"));
            command.args(further(folder, port));
            command
        }))
    }
}

impl Deref for Redis {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl DerefMut for Redis {
    fn deref_mut(&mut self) -> &mut Server {
        &mut self.0
    }
}

/// The one server of this test run, for tests that keep to a key prefix of their own: that of `FX_TEST_REDIS`
/// (`host:port`), or one that is started for this process.
pub fn shared() -> SocketAddr {
    static SHARED: OnceLock<Redis> = OnceLock::new();
    if let Ok(address) = std::env::var("FX_TEST_REDIS") {
        return address.parse().expect("FX_TEST_REDIS is an address such as 127.0.0.1:6379");
    }
    SHARED.get_or_init(Redis::start).address()
}
