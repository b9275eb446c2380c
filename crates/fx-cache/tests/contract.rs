//! What every cache must do, in memory and on Redis.

mod suite;

use fx_cache::{Memory, RedisCache};
use fx_config::RedisSettings;

/// A cache of its own on the server of this test run.
fn redis() -> RedisCache {
    let address = fx_testkit::redis::shared();
    let prefix = format!("{}:", fx_testkit::unique());
    let settings = RedisSettings { host: address.ip().to_string(), port: address.port(), prefix, ..Default::default() };
    RedisCache::connect(&settings).expect("settings that are right")
}

macro_rules! contract {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::suite::$test(std::sync::Arc::new(crate::Memory::default())).await;
            })*
        }

        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::suite::$test(std::sync::Arc::new(crate::redis())).await;
            })*
        }
    };
}

contract!(
    it_is_cold_until_it_is_filled,
    a_partition_is_warm_on_its_own,
    the_newest_wins_in_any_order,
    a_correction_replaces_what_it_corrects,
    a_held_rate_stands_beside_the_accepted_one_until_that_catches_up,
    rates_are_ordered_by_pair_and_then_by_source,
    an_answer_is_the_same_until_something_changes,
    feeds_are_known_by_what_they_told_last,
    a_snapshot_has_whole_batches_whoever_writes,
);
