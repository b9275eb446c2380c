//! What is answered when a part fails.

use std::sync::Arc;

use async_trait::async_trait;
use fx_cache::{CacheError, FeedSnapshot, Latest, LatestRates};
use fx_domain::candle::Candle;
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::rate::{Quality, RateRecord, SuspectReason};
use fx_store::StoreError;
use fx_store::rates::{CandleQuery, Day, HistoryQuery, Moment, RateStore};

use crate::fixture::Fixture;
use crate::recording::{mid, table};

/// A cache that does not answer, or worse.
enum BrokenCache {
    Silent,
    Panicking,
}

#[async_trait]
impl LatestRates for BrokenCache {
    async fn check(&self) -> Result<(), CacheError> {
        Ok(())
    }

    async fn is_warm(&self, _partitions: &[u32]) -> Result<bool, CacheError> {
        Ok(true)
    }

    async fn fill(&self, _partitions: &[u32], _records: Vec<RateRecord>) -> Result<(), CacheError> {
        Ok(())
    }

    async fn put_rates(&self, _partitions: &[u32], _records: Vec<RateRecord>) -> Result<(), CacheError> {
        Ok(())
    }

    async fn rates(&self) -> Result<Arc<Vec<Latest>>, CacheError> {
        match self {
            Self::Silent => Err(CacheError::Unavailable("cache: no answer".to_owned())),
            Self::Panicking => panic!("a mistake in the program"),
        }
    }

    async fn put_feeds(&self, _partitions: &[u32], _feeds: Vec<FeedSnapshot>) -> Result<(), CacheError> {
        Ok(())
    }

    async fn feeds(&self) -> Result<Vec<FeedSnapshot>, CacheError> {
        Ok(Vec::new())
    }
}

/// A history that cannot be read.
struct BrokenStore;

fn broken<T>() -> Result<T, StoreError> {
    Err(StoreError::Row("torn".to_owned()))
}

#[async_trait]
impl RateStore for BrokenStore {
    async fn write(&self, _records: Vec<RateRecord>) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn latest(&self) -> Result<Vec<RateRecord>, StoreError> {
        broken()
    }

    async fn history(&self, _query: HistoryQuery) -> Result<Vec<RateRecord>, StoreError> {
        broken()
    }

    async fn at_or_before(&self, _moments: Vec<Moment>) -> Result<Vec<Option<RateRecord>>, StoreError> {
        broken()
    }

    async fn candles(&self, _query: CandleQuery) -> Result<Vec<Candle>, StoreError> {
        broken()
    }

    async fn stamps(&self, _source: &Source, _from: Day, _to: Day) -> Result<Vec<(Day, i64)>, StoreError> {
        broken()
    }

    async fn prune(&self, _before: Timestamp) -> Result<usize, StoreError> {
        broken()
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_and_the_next_request_is_answered() {
    let fixture = Fixture::with(|context| context.cache = Arc::new(BrokenCache::Panicking));
    for _ in 0..2 {
        let told = fixture.get("/rates").await.problem(500);
        assert_eq!(told, "the service made a mistake, its log says which");
    }
    assert_eq!(fixture.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn without_the_cache_the_history_answers_and_health_says_so() {
    let fixture = Fixture::with(|context| context.cache = Arc::new(BrokenCache::Silent));
    fixture.take_in(table("ecb", "2026-10-30T15:00:00Z", vec![mid("EURUSD", "1.09"), mid("EURJPY", "138")])).await;
    let mut held = table("ecb", "2026-10-30T15:30:00Z", vec![mid("EURUSD", "10.9"), mid("EURJPY", "1380")]);
    for rate in &mut held.rates {
        (rate.quality, rate.reason) = (Quality::Suspect, Some(SuspectReason::DecimalShift));
    }
    fixture.take_in(held).await;
    // What was read of the history before is shown for a moment.
    let mut rate = fixture.get("/rates/EURUSD").await.json();
    while rate["held"].is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        rate = fixture.get("/rates/EURUSD").await.json();
    }
    assert_eq!((&rate["mid"], &rate["held"]["mid"]), (&1.09.into(), &10.9.into()), "{rate}");
    assert_eq!(fixture.get("/rates").await.json()["count"], 3);
    let health = fixture.get("/health").await.json();
    let part = &health["components"]["latest"];
    assert_eq!(part["status"], "degraded");
    assert_eq!(part["detail"], "cache: no answer; the latest rates come from the history");
}

#[tokio::test]
async fn without_cache_and_history_the_answer_is_to_come_again() {
    let broken = |context: &mut fx_api::ApiContext| {
        (context.cache, context.rates) = (Arc::new(BrokenCache::Silent), Arc::new(BrokenStore));
    };
    let answer = Fixture::with(broken).get("/rates/EURUSD").await;
    assert!(answer.problem(503).contains("the store did not answer"));
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test]
async fn rates_are_answered_without_their_history() {
    let fixture = Fixture::with(|context| context.rates = Arc::new(BrokenStore));
    fixture.take_in(table("ecb", "2026-10-30T15:00:00Z", vec![mid("EURUSD", "1.09"), mid("EURJPY", "138")])).await;
    let rate = fixture.get("/rates/EURUSD").await;
    assert_eq!(rate.status, 200, "{}", rate.body);
    assert!(rate.json()["change_24h_pct"].is_null());
    for path in ["/rates/EURUSD/history", "/rates/EURUSD/candles", "/convert?from=EUR&to=USD&amount=1&at=2026-10-30"] {
        assert!(fixture.get(path).await.problem(503).contains("the store did not answer"), "{path}");
    }
}
