//! Many readers of `/stream` at once.

use crate::fixture::Fixture;
use crate::protocol::Served;
use crate::recording::quote;
use crate::stream::Events;

const READERS: usize = 200;
const BATCHES: u32 = 20;

#[tokio::test]
async fn each_of_many_readers_is_told_everything() {
    let served = Served::new(Fixture::empty()).await;
    let joined = (0..READERS).map(|_| Events::joined(&served, "?events=rate"));
    let mut readers = futures::future::join_all(joined).await;
    for second in 0..BATCHES {
        served.fixture.take_in(quote(&format!("2026-10-30T15:59:{second:02}Z"), "1.25", "1.25")).await;
    }
    for reader in &mut readers {
        let mut seconds: Vec<u32> = Vec::new();
        for _ in 0..BATCHES {
            let event = reader.next().await;
            seconds
                .push(event.data["rates"][0]["source_ts"].as_str().expect("a time")[17..19].parse().expect("seconds"));
        }
        assert_eq!(seconds, (0..BATCHES).collect::<Vec<_>>());
    }
}
