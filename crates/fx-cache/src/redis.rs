//! The cache that several processes share.
//!
//! What is newer is decided in Redis, by one script for each source that a batch brings; a batch is one pipeline. Readers
//! ask which sources have changed since they last asked, and read those, all at one moment. The user needs the commands
//! `EVALSHA`, `SCRIPT LOAD`, `INFO`, `TIME`, `PING`, `MULTI`, `EXEC`, `EXPIRE`, `DEL`, `GET`, `SET`, `SADD`, `SMEMBERS` and
//! those of hashes; the server must not evict keys (`maxmemory-policy noeviction`, its default).

mod connection;
mod keys;
mod lifetime;
mod records;
mod scripts;
mod snapshot;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ::redis::{Cmd, Pipeline, pipe};
use async_trait::async_trait;
use fx_config::RedisSettings;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::RateRecord;
use parking_lot::Mutex;

use self::connection::Connection;
use self::keys::Keys;
use self::snapshot::{Reading, Snapshot};
use crate::latest::by_source;
use crate::{CacheError, FeedSnapshot, Latest, LatestRates};

/// Whoever reads has another place to read from, and somebody who waits.
const READING: Duration = Duration::from_millis(400);
/// Wide tables take a while, from a server that has just answered.
const READING_MUCH: Duration = Duration::from_secs(2);
const WRITING: Duration = Duration::from_secs(5);
/// The most pairs that one script takes in: nobody else is answered meanwhile.
const PAIRS_AT_ONCE: usize = 16_384;

/// The latest rates on a Redis server.
pub struct RedisCache {
    connection: Connection,
    keys: Keys,
    snapshot: Arc<Mutex<Snapshot>>,
    /// One reads, and the others wait for it.
    reading: tokio::sync::Mutex<()>,
}

/// Why one may write.
#[derive(Clone, Copy)]
enum Proof<'a> {
    /// The cache is warm for these partitions.
    Warm(&'a [u32]),
    /// One fills it, under this key.
    Filling(&'a str),
}

impl RedisCache {
    /// The cache on that server, which is connected to when it is first asked.
    ///
    /// # Errors
    /// The certificates cannot be used.
    pub fn connect(settings: &RedisSettings) -> Result<Self, CacheError> {
        Ok(Self {
            connection: Connection::try_new(settings)?,
            keys: Keys::new(&settings.prefix),
            snapshot: Arc::default(),
            reading: tokio::sync::Mutex::default(),
        })
    }

    /// The call of a script that works only with this proof.
    fn call(&self, script: &scripts::Text, proof: Proof<'_>, further: &[&str]) -> Cmd {
        let (filling, partitions) = match proof {
            Proof::Warm(partitions) => (self.keys.warm.as_str(), partitions),
            Proof::Filling(key) => (key, [].as_slice()),
        };
        let keys: Vec<&str> = [self.keys.warm.as_str(), filling].into_iter().chain(further.iter().copied()).collect();
        let mut call = script.call(&keys);
        match proof {
            Proof::Warm(_) => call.arg(partitions.len()).arg(partitions),
            Proof::Filling(_) => call.arg(-1),
        };
        call
    }

    /// Sends calls of scripts that answer 1, or 0 where the cache is cold.
    async fn write(&self, request: &Pipeline) -> Result<(), CacheError> {
        if request.is_empty() {
            return Ok(());
        }
        let done: Vec<u8> = self.connection.query(request, WRITING).await?;
        if done.contains(&0) { Err(CacheError::Cold) } else { Ok(()) }
    }

    async fn write_rates(&self, proof: Proof<'_>, records: Vec<RateRecord>) -> Result<(), CacheError> {
        let mut request = pipe();
        for (source, pairs) in by_source(records) {
            let pairs: Vec<_> = pairs.into_iter().collect();
            for pairs in pairs.chunks(PAIRS_AT_ONCE) {
                let call = self.rates_call(proof, &source, pairs);
                request.add_command(call.map_err(|error| self.connection.unavailable(&error))?);
            }
        }
        self.write(&request).await
    }

    fn rates_call(&self, proof: Proof<'_>, source: &Source, pairs: &[(Pair, Latest)]) -> serde_json::Result<Cmd> {
        let (rates, feed) = (self.keys.rates(source), self.keys.feed(source));
        let mut call = self.call(&scripts::RATES, proof, &[&self.keys.revisions, &rates, &feed]);
        call.arg(source.as_str()).arg(lifetime::SHORTEST.as_secs());
        for (pair, latest) in pairs {
            call.arg(&records::arguments(*pair, latest)?);
        }
        Ok(call)
    }

    fn feed_call(&self, partitions: &[u32], feed: &FeedSnapshot) -> serde_json::Result<Cmd> {
        let (rates, key) = (self.keys.rates(&feed.source), self.keys.feed(&feed.source));
        let mut call = self.call(&scripts::FEED, Proof::Warm(partitions), &[&self.keys.feeds, &rates, &key]);
        call.arg(&records::feed_arguments(feed)?).arg(lifetime::of(feed).as_secs());
        Ok(call)
    }

    /// All revisions, and all rates of these sources, at one moment.
    async fn read(&self, sources: BTreeSet<String>) -> Result<Reading, CacheError> {
        let mut request = pipe();
        request.atomic().add_command(self.call(&scripts::STATE, Proof::Warm(&[]), &[]));
        request.cmd("HGETALL").arg(&self.keys.revisions);
        for source in &sources {
            request.cmd("HVALS").arg(self.keys.rates(source));
        }
        let patience = if sources.is_empty() { READING } else { READING_MUCH };
        let answer: Vec<::redis::Value> = self.connection.query(&request, patience).await?;
        let mut answer = answer.into_iter();
        let since = self.parsed::<Option<String>>(answer.next())?.ok_or(CacheError::Cold)?;
        let revisions: HashMap<String, u64> = self.parsed(answer.next())?;
        let values = sources.into_iter().map(|source| Ok((source, self.parsed(answer.next())?)));
        Ok(Reading { since, revisions, rates: values.collect::<Result<_, CacheError>>()? })
    }

    fn parsed<T: ::redis::FromRedisValue>(&self, value: Option<::redis::Value>) -> Result<T, CacheError> {
        T::from_redis_value(value.unwrap_or(::redis::Value::Nil)).map_err(|error| self.connection.unavailable(&error))
    }
}

#[async_trait]
impl LatestRates for RedisCache {
    async fn check(&self) -> Result<(), CacheError> {
        self.connection.query(pipe().cmd("PING").ignore(), READING).await
    }

    async fn is_warm(&self, partitions: &[u32]) -> Result<bool, CacheError> {
        let mut request = pipe();
        request.add_command(self.call(&scripts::STATE, Proof::Warm(partitions), &[]));
        let (since,): (Option<String>,) = self.connection.query(&request, READING).await?;
        Ok(since.is_some())
    }

    async fn fill(&self, partitions: &[u32], records: Vec<RateRecord>) -> Result<(), CacheError> {
        let filling = self.keys.filling(&uuid::Uuid::now_v7().simple());
        let one = |call: Cmd| {
            let mut request = pipe();
            request.add_command(call);
            request
        };
        self.write(&one(self.call(&scripts::BEGIN, Proof::Filling(&filling), &[]))).await?;
        self.write_rates(Proof::Filling(&filling), records).await?;
        let mut finish = scripts::FINISH.call(&[&self.keys.warm, &filling]);
        finish.arg(partitions.len()).arg(partitions);
        self.write(&one(finish)).await
    }

    async fn put_rates(&self, partitions: &[u32], records: Vec<RateRecord>) -> Result<(), CacheError> {
        self.write_rates(Proof::Warm(partitions), records).await
    }

    async fn put_feeds(&self, partitions: &[u32], feeds: Vec<FeedSnapshot>) -> Result<(), CacheError> {
        let mut request = pipe();
        for feed in feeds {
            let call = self.feed_call(partitions, &feed);
            request.add_command(call.map_err(|error| self.connection.unavailable(&error))?);
        }
        self.write(&request).await
    }

    async fn rates(&self) -> Result<Arc<Vec<Latest>>, CacheError> {
        let _reading = self.reading.lock().await;
        let mut sources = BTreeSet::new();
        // Each round reads more sources, so there are few.
        let reading = loop {
            let reading = self.read(sources.clone()).await?;
            let missing = self.snapshot.lock().missing(&reading);
            if missing.is_empty() {
                break reading;
            }
            sources.extend(missing);
        };
        // Reading JSON takes a while: it has threads of its own, so that nobody else waits for it.
        let snapshot = Arc::clone(&self.snapshot);
        let taken = tokio::task::spawn_blocking(move || snapshot.lock().take_in(reading)).await;
        taken.map_err(|error| self.connection.unavailable(&error))?.map_err(|error| self.connection.unavailable(&error))
    }

    async fn feeds(&self) -> Result<Vec<FeedSnapshot>, CacheError> {
        let mut request = pipe();
        request.atomic().add_command(self.call(&scripts::STATE, Proof::Warm(&[]), &[]));
        request.cmd("SMEMBERS").arg(&self.keys.feeds);
        let (since, sources): (Option<String>, BTreeSet<String>) = self.connection.query(&request, READING).await?;
        if since.is_none() {
            return Err(CacheError::Cold);
        }
        let mut request = pipe();
        for source in &sources {
            request.cmd("HMGET").arg(self.keys.feed(source)).arg("body").arg("last");
        }
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let told: Vec<(Option<Vec<u8>>, Option<i64>)> = self.connection.query(&request, READING).await?;
        // A feed that has been silent for long is gone.
        let told = told.into_iter().filter_map(|(body, last)| Some(records::feed(&body?, last)));
        told.collect::<Result<_, _>>().map_err(|error| self.connection.unavailable(&error))
    }
}
