//! A store with channels and something to tell, and the dispatcher on it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use fx_alert_engine::delivery::{Office, Senders, SystemResolver, keep_delivering};
use fx_config::{DeliverySettings, PostgresqlSettings, Secret};
use fx_domain::alert::{PairState, Rule, Severity, State, Transition};
use fx_domain::clock::{Clock, FixedClock, SystemClock, Timestamp};
use fx_domain::delivery::{Delivery, Status};
use fx_service::{HealthRegistry, Shutdown};
use fx_sqlite::Sqlite;
use fx_store::PostgresStore;
use fx_store::alerts::{AlertStore, Effect, EngineStore, SqliteAlerts, StoredRule, StoredState};
use fx_store::delivery::{Channel, ChannelStore, DeliveryQuery, DeliveryStore, NewChannel, Target};
use fx_testkit::postgres::{self, Schema};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const PATIENCE: Duration = Duration::from_mins(1);

/// One store by all its names.
#[derive(Clone)]
pub(crate) struct Stores {
    alerts: Arc<dyn AlertStore>,
    engine: Arc<dyn EngineStore>,
    pub(crate) deliveries: Arc<dyn DeliveryStore>,
    pub(crate) channels: Arc<dyn ChannelStore>,
}

impl Stores {
    pub(crate) fn sqlite(folder: &Path) -> Self {
        let store = SqliteAlerts::try_new(Sqlite::open(folder).expect("a file")).expect("a store");
        let store = Arc::new(store);
        Self { alerts: store.clone(), engine: store.clone(), deliveries: store.clone(), channels: store }
    }

    pub(crate) fn postgresql(schema: &Schema) -> Self {
        let settings = PostgresqlSettings {
            host: schema.address().ip().to_string(),
            port: schema.address().port(),
            user: postgres::USER.to_owned(),
            database: postgres::DATABASE.to_owned(),
            schema: schema.name().to_owned(),
            ..Default::default()
        };
        let store = PostgresStore::connect(&settings).expect("settings");
        Self {
            alerts: store.alerts(),
            engine: store.engine(),
            deliveries: store.deliveries(),
            channels: store.channels(),
        }
    }
}

/// Everything but the dispatcher.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) folder: Arc<TempDir>,
    pub(crate) store: Stores,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) settings: DeliverySettings,
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) health: HealthRegistry,
    alert: StoredRule,
    told: Arc<AtomicU64>,
}

/// A running dispatcher.
pub(crate) struct Running {
    pub(crate) shutdown: Shutdown,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops it softly, and waits until it has.
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.task.await.expect("it ends well");
    }

    /// Ends it where it stands.
    pub(crate) fn kill(self) {
        self.task.abort();
    }
}

impl Desk {
    /// Webhooks may go to 127.0.0.1 and nowhere else. The clock stands still at the present.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Stores::sqlite(folder.path());
        Self::on(folder, store).await
    }

    pub(crate) async fn on(folder: TempDir, store: Stores) -> Self {
        let now = SystemClock.now();
        let rule = Rule::from_json(br#"{"name":"desk","pair":"EURUSD","condition":"above","threshold":1.1}"#);
        store.alerts.create(rule.expect("a rule"), now, 10).await.expect("created");
        let alert = store.engine.rules().await.expect("read").remove(0);
        let settings = DeliverySettings {
            allow_private_targets: std::iter::once("127.0.0.1/32".parse().expect("a network")).collect(),
            ..Default::default()
        };
        let clock = Arc::new(FixedClock::new(now));
        Self {
            folder: Arc::new(folder),
            store,
            settings,
            resolver: Arc::new(SystemResolver),
            health: HealthRegistry::new(clock.clone()),
            clock,
            alert,
            told: Arc::default(),
        }
    }

    /// The same as another process has it, with connections of its own.
    pub(crate) fn beside(&self, store: Stores) -> Self {
        Self { store, ..self.clone() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.set(self.now() + by);
    }

    pub(crate) fn start(&self) -> Running {
        let shutdown = Shutdown::new();
        let delivery = self.health.component("delivery");
        let task = tokio::spawn(keep_delivering(self.office(), delivery, shutdown.clone()));
        Running { shutdown, task }
    }

    pub(crate) fn office(&self) -> Office {
        let senders = Senders::try_new(&self.settings, self.folder.path(), Arc::clone(&self.resolver));
        Office {
            settings: self.settings.clone(),
            senders: Arc::new(senders.expect("the settings are right")),
            deliveries: Arc::clone(&self.store.deliveries),
            channels: Arc::clone(&self.store.channels),
            clock: self.clock.clone(),
            // The clock is moved by hand, and tells nobody.
            look_again: Duration::from_millis(20),
        }
    }

    pub(crate) async fn channel(&self, name: &str, target: Target) -> Channel {
        self.grouped(name, target, None).await
    }

    pub(crate) async fn grouped(&self, name: &str, target: Target, group: Option<TimeDelta>) -> Channel {
        let secret = matches!(target, Target::Webhook { .. }).then(|| Secret::from(SECRET.to_owned()));
        let channel = NewChannel { name: name.to_owned(), target, secret, group };
        self.store.channels.create_channel(channel, self.now(), 100).await.expect("created")
    }

    pub(crate) async fn webhook(&self, name: &str, url: impl Into<String>) -> Channel {
        self.channel(name, Target::Webhook { url: url.into() }).await
    }

    /// Tells of so many firings through a channel, as the engine does.
    pub(crate) async fn tell(&self, channel: &str, count: u64) -> Vec<Transition> {
        let first = self.told.fetch_add(count, Ordering::Relaxed);
        let transitions: Vec<Transition> = (first..first + count).map(|number| self.firing(number)).collect();
        let state = StoredState {
            alert_id: self.alert.id,
            pair: "EURUSD".parse().expect("a pair"),
            state: PairState::default(),
            begun_at: self.alert.begun_at,
        };
        let standing = self.store.engine.open(0).await.expect("opened");
        let effect = Effect {
            partition: 0,
            expected: standing.next_offset,
            next_offset: standing.next_offset + 1,
            log_time: Some(self.now()),
            states: vec![state],
            tell: transitions.iter().map(|transition| (transition.id, channel.to_owned())).collect(),
            transitions: transitions.clone(),
            rates: Vec::new(),
        };
        self.store.engine.commit(Arc::new(effect)).await.expect("written");
        transitions
    }

    fn firing(&self, number: u64) -> Transition {
        Transition {
            id: Uuid::now_v7(),
            alert_id: self.alert.id,
            alert_name: "desk".to_owned(),
            episode_id: Some(Uuid::now_v7()),
            pair: "EURUSD".parse().expect("a pair"),
            from: State::Normal,
            to: State::Firing,
            source: "ecb".parse().expect("a source"),
            source_ts: DateTime::from_timestamp(1_768_392_000, 0).expect("in range"),
            at: self.now(),
            value: 1.1042,
            kind: None,
            threshold: 1.1,
            severity: Severity::Critical,
            message: format!("EUR/USD is 1.1042, above 1.1 (number {number})"),
            measured: None,
            notice: None,
            precision_bp: Some(0.46),
            derived: Some(false),
            by: None,
            comment: None,
            took_s: None,
        }
    }

    /// The deliveries, the oldest first.
    pub(crate) async fn deliveries(&self) -> Vec<Delivery> {
        let query = DeliveryQuery { alert_id: None, status: None, after: None, limit: 1000 };
        let mut items = self.store.deliveries.deliveries(query).await.expect("read").items;
        items.reverse();
        items
    }

    /// Waits until the deliveries are as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let begun = Instant::now();
        loop {
            let deliveries = self.deliveries().await;
            if wanted(&deliveries) {
                return deliveries;
            }
            let open = || deliveries.iter().filter(|one| one.status != Status::Delivered).collect::<Vec<_>>();
            assert!(
                begun.elapsed() < PATIENCE,
                "never as wanted at {}, but for those delivered: {:#?}",
                self.now(),
                open()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until each delivery has been attempted so often, at least.
    pub(crate) async fn until_attempted(&self, times: usize) -> Vec<Delivery> {
        self.until(|all| !all.is_empty() && all.iter().all(|one| one.attempts.len() >= times)).await
    }

    pub(crate) async fn until_delivered(&self, count: usize) -> Vec<Delivery> {
        self.until(|all| all.len() >= count && all.iter().all(|one| one.status == Status::Delivered)).await
    }
}

/// A server that answers everything like that.
pub(crate) async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// Names as a test wants them: each time the next answer, and the last one from then on.
pub(crate) struct Names {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicU64,
}

impl Names {
    pub(crate) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let address = |text: &&str| SocketAddr::new(text.parse().expect("an address"), 0);
        let answers = answers.iter().map(|answer| answer.iter().map(address).collect()).collect();
        Arc::new(Self { answers, asked: AtomicU64::new(0) })
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        let asked = usize::try_from(self.asked.fetch_add(1, Ordering::Relaxed)).expect("few");
        let answer = self.answers[asked.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok(Box::new(answer.into_iter()) as Addrs) })
    }
}

/// A certificate of localhost that nobody has signed, and its key: the names of their files.
pub(crate) fn self_signed(folder: &Path) -> (String, String) {
    let arguments = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost \
                     -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
    let output = Command::new("openssl").args(arguments.split_whitespace()).current_dir(folder).output();
    let output = output.expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    (path("certificate.pem"), path("key.pem"))
}
