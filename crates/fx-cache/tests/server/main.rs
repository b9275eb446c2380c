//! What only a cache on a server can be asked: that the server goes, comes back with nothing or with less, and is shared.

mod doors;
mod losses;
mod sharing;
#[path = "../suite/rates.rs"]
mod suite_rates;

use fx_cache::{CacheError, RedisCache};
use fx_config::RedisSettings;
use fx_testkit::redis::Redis;
use redis::{Connection, cmd};

pub(crate) use suite_rates::{Cache, at, held, only, rate};

/// The settings for that server, with keys of their own.
pub(crate) fn settings(address: std::net::SocketAddr) -> RedisSettings {
    let prefix = format!("{}:", fx_testkit::unique());
    RedisSettings { host: address.ip().to_string(), port: address.port(), prefix, ..Default::default() }
}

pub(crate) fn cache(settings: &RedisSettings) -> Cache {
    std::sync::Arc::new(RedisCache::connect(settings).expect("settings that are right"))
}

/// Says something else to the server than the cache does.
pub(crate) fn say(server: &Redis, words: &str) {
    let mut words = words.split(' ');
    let mut command = cmd(words.next().expect("a command"));
    for word in words {
        command.arg(word);
    }
    command.exec(&mut client(server)).expect("done");
}

pub(crate) fn client(server: &Redis) -> Connection {
    let client = redis::Client::open((server.address().ip().to_string(), server.address().port()));
    client.and_then(|client| client.get_connection()).expect("it answers")
}

/// Tries until the server is found again: what failed a moment ago is not tried at once.
pub(crate) async fn again<T>(mut ask: impl AsyncFnMut() -> Result<T, CacheError>) -> Result<T, CacheError> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        match ask().await {
            Err(CacheError::Unavailable(_)) if std::time::Instant::now() < deadline => tokio::task::yield_now().await,
            answer => return answer,
        }
    }
}

/// Why it does not answer.
pub(crate) fn reason<T: std::fmt::Debug>(answer: Result<T, CacheError>) -> String {
    match answer.expect_err("no answer") {
        CacheError::Unavailable(reason) => reason,
        CacheError::Cold => panic!("it is cold"),
    }
}
