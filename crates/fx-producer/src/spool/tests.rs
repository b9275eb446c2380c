//! A log that hangs, loses its answers and comes back; and what the spool makes of it.

mod reluctant;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fx_domain::clock::{SystemClock, Timestamp};
use fx_domain::currency::Currency;
use fx_domain::feed::{FeedKind, Market};
use fx_service::{HealthRegistry, HealthStatus};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;
use reluctant::Reluctant;

/// A life of the producer's spool on one folder, and the log that outlives it.
struct Stage {
    log: Arc<Reluctant>,
    folder: TempDir,
    most_bytes: u64,
}

struct Life {
    spools: BTreeMap<Source, Spool>,
    draining: JoinHandle<()>,
    health: HealthRegistry,
    on_disk: Spooled,
}

impl Stage {
    fn new(is_there: bool) -> Self {
        Self {
            log: Arc::new(Reluctant::new(is_there)),
            folder: tempfile::tempdir().expect("a temporary directory"),
            most_bytes: 1 << 20,
        }
    }

    async fn start(&self) -> Life {
        let health = HealthRegistry::new(Arc::new(SystemClock));
        let disk = open(self.folder.path()).await;
        let on_disk = disk.spooled();
        let fallback = Fallback { disk, health: health.component("spool") };
        let sources = ["a", "b"].map(|name| name.parse().expect("a source"));
        let log: Arc<dyn Log> = self.log.clone();
        let (spools, drain) = spools(sources, self.most_bytes, log, Some(fallback), CancellationToken::new());
        Life { spools, draining: tokio::spawn(drain.run()), health, on_disk }
    }

    fn come_back(&self) {
        self.log.is_there.send_replace(true);
    }

    fn go_away(&self) {
        self.log.is_there.send_replace(false);
    }
}

/// The folder is locked until the last life's last write is done.
async fn open(folder: &Path) -> Disk {
    loop {
        match Disk::open(folder, Arc::new(SystemClock)).await {
            Ok(disk) => return disk,
            Err(error) if error.to_string().contains("in use") => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Life {
    fn put(&self, source: &str, second: i64) -> Result<(), Full> {
        let source: Source = source.parse().expect("a source");
        let at = Timestamp::from_timestamp(second, 0).expect("a time");
        let batch = Batch {
            source: source.clone(),
            kind: FeedKind::Stream,
            market: Market::Spot,
            base: Currency::EUR,
            source_ts: at,
            fetched_at: at,
            quotes: Vec::new(),
            publishes: Vec::new(),
            status: None,
        };
        self.spools[&source].put(&batch, None)
    }

    fn put_all(&self, seconds: impl IntoIterator<Item = i64>) {
        for second in seconds {
            self.put("a", second).expect("there is room");
        }
    }

    /// Waits until so many batches wait on disk.
    async fn on_disk(&self, count: u64) {
        let all = async {
            while self.on_disk.waiting().await.is_ok_and(|(next, end)| end - next < count) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(10), all).await.expect("they are written");
    }

    /// Waits until the feeds are told of trouble.
    async fn spooled(&self) {
        let mut changes = self.health.changes();
        let in_trouble = async {
            while self.spools.values().all(|spool| spool.trouble().is_none()) {
                changes.changed().await.expect("the registry lives");
            }
        };
        tokio::time::timeout(Duration::from_mins(10), in_trouble).await.expect("it is told");
    }

    async fn is(&self, status: HealthStatus) {
        let mut changes = self.health.changes();
        while self.health.snapshot().components["spool"].status != status {
            changes.changed().await.expect("the registry lives");
        }
    }

    async fn kill(self) {
        drop(self.on_disk);
        self.draining.abort();
        let _ = self.draining.await;
    }

    async fn stop(self) {
        drop((self.spools, self.on_disk));
        let ended = tokio::time::timeout(Duration::from_secs(9), self.draining).await;
        ended.expect("within the time to drain").expect("no panic");
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_log_answers_nothing_touches_the_disk() {
    let stage = Stage::new(true);
    let life = stage.start().await;
    life.put_all(1..=600);
    stage.log.has(600).await;
    life.is(HealthStatus::Ok).await;
    life.stop().await;
    assert_eq!(stage.log.seconds("a"), (1..=600).collect::<Vec<_>>());
    let (next, end) = open(stage.folder.path()).await.spooled().waiting().await.expect("readable");
    assert_eq!((next, end), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_outage_changes_no_order() {
    let stage = Stage::new(true);
    let life = stage.start().await;
    life.put_all(1..=3);
    stage.log.has(3).await;
    stage.go_away();
    life.put_all(4..=700);
    life.spooled().await;
    life.is(HealthStatus::Degraded).await;
    life.put_all(701..=1500);
    stage.come_back();
    life.put_all(1501..=1600);
    stage.log.has(1600).await;
    life.put_all(1601..=1700);
    stage.log.has(1700).await;
    life.is(HealthStatus::Ok).await;
    assert_eq!(stage.log.seconds("a"), (1..=1700).collect::<Vec<_>>());
    life.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_spooled_survives_a_kill_and_goes_first() {
    let stage = Stage::new(false);
    for life in 0..3_i64 {
        let begun = stage.start().await;
        begun.put_all(life * 100 + 1..=life * 100 + 50);
        begun.spooled().await;
        begun.put_all(life * 100 + 51..=life * 100 + 100);
        begun.on_disk(life.unsigned_abs() * 100 + 100).await;
        begun.is(HealthStatus::Down).await;
        begun.kill().await;
    }
    let last = stage.start().await;
    last.put_all(301..=310);
    stage.come_back();
    stage.log.has(310).await;
    assert_eq!(stage.log.seconds("a"), (1..=310).collect::<Vec<_>>());
    last.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_log_took_without_saying_so_is_not_sent_again() {
    let stage = Stage::new(true);
    let life = stage.start().await;
    life.put_all(1..=10);
    life.put("b", 1).expect("there is room");
    stage.log.has(11).await;
    stage.log.loses_answers.store(true, Ordering::SeqCst);
    life.put_all(11..=20);
    stage.log.has(21).await;
    life.put_all(21..=30);
    life.put("b", 2).expect("there is room");
    life.on_disk(21).await;
    life.kill().await;
    stage.log.loses_answers.store(false, Ordering::SeqCst);
    let next = stage.start().await;
    next.put_all(31..=40);
    stage.log.has(42).await;
    assert_eq!(stage.log.seconds("a"), (1..=40).collect::<Vec<_>>());
    assert_eq!(stage.log.seconds("b"), [1, 2]);
    next.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_when_the_producer_stops_is_kept() {
    let stage = Stage::new(true);
    let life = stage.start().await;
    life.put_all(1..=10);
    stage.log.has(10).await;
    stage.go_away();
    life.put_all(11..=400);
    life.stop().await;
    let next = stage.start().await;
    stage.come_back();
    next.put_all(401..=410);
    stage.log.has(410).await;
    assert_eq!(stage.log.seconds("a"), (1..=410).collect::<Vec<_>>());
    next.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_full_spool_says_so_leaves_others_their_room_and_takes_again() {
    let mut stage = Stage::new(false);
    stage.most_bytes = 20_000;
    let life = stage.start().await;
    let taken = (1..1000).take_while(|second| life.put("a", *second).is_ok()).count();
    assert!(taken > 10, "{taken}");
    assert_eq!(life.put("b", 1), Ok(()), "another feed has its own room");
    life.spooled().await;
    assert_eq!(life.put("a", 0), Err(Full), "what is on disk counts too");
    stage.come_back();
    stage.log.has(taken + 1).await;
    life.is(HealthStatus::Ok).await;
    assert_eq!(life.put("a", 1000), Ok(()));
    stage.log.has(taken + 2).await;
    life.stop().await;
}
