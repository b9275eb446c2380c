//! A producer with a real log, and eyes on what it appends.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fx_config::{FeedSettings, Provider, Settings, StreamBackend};
use fx_domain::batch::Batch;
use fx_domain::clock::{Clock, SystemClock};
use fx_producer::ProducerError;
use fx_service::{HealthRegistry, HealthStatus};
use fx_sqlite::Sqlite;
use fx_stream::embedded::EmbeddedLog;
use fx_stream::message::Payload;
use fx_stream::{
    Consumer, Follower, Log, Message, PartitionPosition, Record, Start, StreamError, Topic, message::ORIGIN,
};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Long enough for any machine; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `wanted` gives, which must come to be.
pub(crate) async fn soon<T>(what: &str, wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// A log in a file, which can be told to refuse, and to hang.
pub(crate) struct StageLog {
    log: EmbeddedLog,
    refusals: AtomicU32,
    is_away: watch::Sender<bool>,
}

impl StageLog {
    async fn there(&self) {
        self.is_away.subscribe().wait_for(|is_away| !is_away).await.expect("the log lives");
    }
}

#[async_trait]
impl Log for StageLog {
    async fn publish(&self, topic: Topic, records: Vec<Record>) -> Result<(), StreamError> {
        let refuses = self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if refuses.is_ok() {
            return Err(StreamError::Sqlite(fx_sqlite::SqliteError::Stopped));
        }
        self.there().await;
        self.log.publish(topic, records).await
    }

    async fn subscribe(&self, group: &str, topic: Topic) -> Result<Box<dyn Consumer>, StreamError> {
        self.log.subscribe(group, topic).await
    }

    async fn follow(&self, topic: Topic, start: Start) -> Result<Box<dyn Follower>, StreamError> {
        self.log.follow(topic, start).await
    }

    async fn newest(&self, topic: Topic, key: &str) -> Result<Option<Message>, StreamError> {
        self.there().await;
        self.log.newest(topic, key).await
    }

    async fn positions(&self, group: &str, topic: Topic) -> Result<Vec<PartitionPosition>, StreamError> {
        self.log.positions(group, topic).await
    }

    async fn partitions(&self, topic: Topic) -> Result<u32, StreamError> {
        self.log.partitions(topic).await
    }

    async fn move_group(&self, group: &str, topic: Topic, to: Start) -> Result<Vec<PartitionPosition>, StreamError> {
        self.log.move_group(group, topic, to).await
    }

    async fn check(&self) -> Result<(), StreamError> {
        self.there().await;
        self.log.check().await
    }
}

pub(crate) struct Stage {
    pub(crate) settings: Settings,
    pub(crate) log: Arc<StageLog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: HealthRegistry,
    pub(crate) shutdown: CancellationToken,
    pub(crate) running: Option<JoinHandle<Result<(), ProducerError>>>,
    folder: TempDir,
}

impl Stage {
    /// Without a feed, and without the bundled history.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let file = Sqlite::open(folder.path()).expect("a new file");
        let log = EmbeddedLog::try_new(file, clock.clone()).expect("a new log");
        let mut settings = Settings::default();
        settings.feeds.order.clear();
        settings.feeds.bundled_history = false;
        settings.feeds.interval = Duration::from_millis(20);
        settings.feeds.request_timeout = Duration::from_secs(5);
        Self {
            settings,
            log: Arc::new(StageLog { log, refusals: AtomicU32::new(0), is_away: watch::Sender::new(false) }),
            health: HealthRegistry::new(clock.clone()),
            clock,
            shutdown: CancellationToken::new(),
            running: None,
            folder,
        }
    }

    /// With a feed of that name at that endpoint.
    pub(crate) fn with(mut self, name: &str, kind: Provider, url: String) -> Self {
        let name: fx_domain::feed::Source = name.parse().expect("a source");
        self.settings.feeds.order.push(name.clone());
        let feed = FeedSettings { kind: Some(kind), url: Some(url), ..FeedSettings::default() };
        self.settings.feeds.named.insert(name, feed);
        self
    }

    pub(crate) fn feed(&mut self, name: &str) -> &mut FeedSettings {
        self.settings.feeds.named.get_mut(&name.parse().expect("a source")).expect("configured")
    }

    pub(crate) fn start(&mut self) {
        let (settings, log, clock) = (self.settings.clone(), self.log.clone(), self.clock.clone());
        let (health, shutdown) = (self.health.clone(), self.shutdown.clone());
        let running = async move { fx_producer::run(&settings, log, clock, health, shutdown).await };
        self.running = Some(tokio::spawn(running));
    }

    /// Stops softly; may be started again.
    pub(crate) async fn stop(&mut self) {
        self.shutdown.cancel();
        let running = self.running.take().expect("started");
        soon("the end", running).await.expect("no panic").expect("no error");
        self.shutdown = CancellationToken::new();
    }

    /// As with a log that may be away.
    pub(crate) fn spooling(mut self, most_bytes: u64) -> Self {
        self.settings.stream.backend = StreamBackend::Kafka;
        self.settings.data_dir = self.folder.path().join("producer");
        self.settings.feeds.spool_max_bytes = most_bytes;
        self
    }

    /// Who asks the log waits for as long as it is away.
    pub(crate) fn away(&self, is_away: bool) {
        self.log.is_away.send_replace(is_away);
    }

    /// Waits until a part's health says so.
    pub(crate) async fn healthy(&self, part: &str, detail: &str) -> HealthStatus {
        let mut changes = self.health.changes();
        soon(detail, async {
            loop {
                let report = self.health.snapshot();
                if let Some(part) = report.components.get(part).filter(|part| part.detail.contains(detail)) {
                    return part.status;
                }
                changes.changed().await.expect("the registry lives");
            }
        })
        .await
    }

    /// The log refuses so many appends from now on.
    pub(crate) fn refuse(&self, times: u32) {
        self.log.refusals.store(times, Ordering::SeqCst);
    }

    pub(crate) fn is_refusing(&self) -> bool {
        self.log.refusals.load(Ordering::SeqCst) > 0
    }

    /// What is and will be appended, from the beginning.
    pub(crate) async fn watch(&self) -> Watch {
        let follower = self.log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
        Watch { follower, seen: Vec::new() }
    }

    /// Everything that was appended so far.
    pub(crate) async fn all(&self) -> Vec<(Batch, Option<String>)> {
        let end = self.log.positions("nobody", Topic::Rates).await.expect("positions")[0].end;
        let mut watch = self.watch().await;
        while watch.follower.positions()[0].1 < end {
            watch.read().await;
        }
        watch.seen
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub(crate) struct Watch {
    follower: Box<dyn Follower>,
    seen: Vec<(Batch, Option<String>)>,
}

impl Watch {
    /// The next batch from now on that is as wanted.
    pub(crate) async fn next(&mut self, what: &str, wanted: impl Fn(&Batch) -> bool) -> Batch {
        soon(what, async {
            loop {
                let found = self.seen.iter().position(|(batch, _)| wanted(batch));
                if let Some(at) = found {
                    let (batch, _) = self.seen.drain(..=at).next_back().expect("it was found");
                    return batch;
                }
                self.seen.clear();
                self.read().await;
            }
        })
        .await
    }

    /// The next batch that has quotes.
    pub(crate) async fn quotes(&mut self) -> Batch {
        self.next("quotes", |batch| !batch.quotes.is_empty()).await
    }

    /// The next message whose error has `text` in it.
    pub(crate) async fn error(&mut self, text: &str) -> Batch {
        let has = |batch: &Batch| last_error(batch).is_some_and(|error| error.contains(text));
        self.next(&format!("the error `{text}`"), has).await
    }

    async fn read(&mut self) {
        let messages = soon("a message", self.follower.next()).await.expect("the log can be read");
        self.seen.extend(messages.iter().map(|message| {
            let batch = Batch::decode(&message.record.payload).expect("a batch");
            assert_eq!(message.record.key.as_deref(), Some(batch.source.as_str()));
            (batch, message.record.header(ORIGIN).map(str::to_owned))
        }));
    }
}

pub(crate) fn last_error(batch: &Batch) -> Option<&str> {
    batch.status.as_ref()?.last_error.as_deref()
}

/// The quotes in short: `EUR 0.9076 JPY 147.5`.
pub(crate) fn shown(batch: &Batch) -> String {
    use fx_domain::batch::Price;
    let quotes = batch.quotes.iter().map(|quote| match &quote.price {
        Price::Mid(mid) => format!("{} {mid}", quote.code),
        Price::BidAsk { bid, ask } => format!("{} {bid}/{ask}", quote.code),
    });
    quotes.collect::<Vec<_>>().join(" ")
}
