//! The server goes, is emptied, is cut off; the cache says so and comes back by itself.

use fx_cache::CacheError;
use fx_testkit::proxy::Proxy;
use fx_testkit::redis::{Redis, shared};
use redis::cmd;

use crate::{again, cache, client, only, rate, reason, say, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_fails_the_call_and_is_found_again() {
    let mut server = Redis::start();
    let cache = cache(&settings(server.address()));
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("filled");
    server.stop();
    let away = reason(cache.rates().await);
    assert!(away.starts_with(&format!("redis at {}: ", server.address())), "{away}");
    assert!(away.to_lowercase().contains("refused"), "{away}");
    assert_eq!(reason(cache.put_rates(&[0], vec![rate("ecb", "EURUSD", 2, 2)]).await), away);
    assert_eq!(reason(cache.check().await), away);
    server.start_again();
    again(async || cache.check().await).await.expect("it answers");
    assert_eq!(cache.rates().await, Err(CacheError::Cold));
    assert_eq!(cache.put_rates(&[0], vec![rate("ecb", "EURUSD", 2, 2)]).await, Err(CacheError::Cold));
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("filled");
    assert_eq!(only(&cache).await.0, Some(rate("ecb", "EURUSD", 1, 1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_may_start_before_the_server() {
    let mut server = Redis::start();
    let settings = settings(server.address());
    server.stop();
    let cache = cache(&settings);
    reason(cache.is_warm(&[0]).await);
    server.start_again();
    assert_eq!(again(async || cache.is_warm(&[0]).await).await, Ok(false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_server_is_cold_for_readers_and_writers() {
    let server = Redis::start();
    let settings = settings(server.address());
    let (writer, reader) = (cache(&settings), cache(&settings));
    writer.fill(&[0], vec![rate("ecb", "EURUSD", 5, 5), rate("ecb", "USDJPY", 5, 5)]).await.expect("filled");
    assert_eq!(reader.rates().await.expect("answers").len(), 2);
    say(&server, "FLUSHALL");
    assert_eq!(reader.rates().await, Err(CacheError::Cold));
    assert_eq!(reader.feeds().await, Err(CacheError::Cold));
    assert_eq!(writer.put_rates(&[0], vec![rate("ecb", "EURUSD", 6, 6)]).await, Err(CacheError::Cold));
    // The revisions begin anew, and are not taken for what they were.
    writer.fill(&[0], vec![rate("ecb", "EURUSD", 4, 4)]).await.expect("filled");
    assert_eq!(only(&reader).await.0, Some(rate("ecb", "EURUSD", 4, 4)));
}

/// What a server has saved may be older than what the cache's group has committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_kept_its_keys_over_a_restart_is_cold_too() {
    let mut server = Redis::start();
    let cache = cache(&settings(server.address()));
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("filled");
    say(&server, "SAVE");
    cache.put_rates(&[0], vec![rate("ecb", "EURUSD", 2, 2)]).await.expect("taken");
    server.kill();
    server.start_again();
    assert_eq!(again(async || cache.rates().await).await, Err(CacheError::Cold));
    assert_eq!(cache.is_warm(&[0]).await, Ok(false));
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 2, 2)]).await.expect("filled");
    assert_eq!(only(&cache).await.0, Some(rate("ecb", "EURUSD", 2, 2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgotten_scripts_are_loaded_again() {
    let server = Redis::start();
    let cache = cache(&settings(server.address()));
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("filled");
    say(&server, "SCRIPT FLUSH");
    cache.put_rates(&[0], vec![rate("ecb", "EURUSD", 2, 2)]).await.expect("taken");
    say(&server, "SCRIPT FLUSH");
    assert_eq!(only(&cache).await.0, Some(rate("ecb", "EURUSD", 2, 2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_passes_nothing_is_given_up_and_made_anew() {
    let mut proxy = Proxy::start(shared());
    let cache = cache(&settings(proxy.address()));
    cache.fill(&[0], vec![rate("ecb", "EURUSD", 1, 1)]).await.expect("filled");
    proxy.half_open();
    let stuck = reason(cache.rates().await);
    assert!(stuck.ends_with("no answer within 400 ms"), "{stuck}");
    // Nor can another connection be had.
    reason(cache.rates().await);
    proxy.cut();
    proxy.restore();
    assert!(again(async || cache.rates().await).await.is_ok());
    proxy.cut();
    reason(cache.rates().await);
    proxy.restore();
    assert!(again(async || cache.rates().await).await.is_ok());
}

/// Somebody empties the server again and again while it is filled: it is cold, or it has everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_never_half_filled() {
    const SOURCES: usize = 40;
    let server = Redis::start();
    let cache = cache(&settings(server.address()));
    let records: Vec<_> = (0..SOURCES).map(|i| rate(&format!("feed-{i}"), "EURUSD", 1, 1)).collect();
    let mut connection = client(&server);
    let emptied = tokio::task::spawn_blocking(move || {
        for _ in 0..300 {
            cmd("FLUSHALL").exec(&mut connection).expect("emptied");
        }
    });
    while !emptied.is_finished() {
        let filled = cache.fill(&[0], records.clone()).await;
        assert!(matches!(filled, Ok(()) | Err(CacheError::Cold)), "{filled:?}");
        match cache.rates().await {
            Ok(rates) => assert_eq!(rates.len(), SOURCES),
            Err(error) => assert_eq!(error, CacheError::Cold),
        }
    }
    emptied.await.expect("emptied");
    cache.fill(&[0], records).await.expect("filled");
    assert_eq!(cache.rates().await.expect("answers").len(), SOURCES);
}
