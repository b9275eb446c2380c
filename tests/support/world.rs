//! The four programs as processes of their own, on real servers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use fx_cache::RedisCache;
use fx_config::Settings;
use fx_store::postgres::PostgresStore;
use fx_store::rates::{HistoryQuery, Order, RateStore};
use fx_stream::kafka::KafkaLog;
use fx_stream::{Log, Topic};
use fx_testkit::kafka::Kafka;
use fx_testkit::postgres::{self, Postgres};
use fx_testkit::proxy::Proxy;
use fx_testkit::redis::Redis;
use fx_testkit::{elasticsearch, free_port, unique};
use tokio::runtime::Runtime;

use super::{Api, PATIENCE, look_again};

/// Each group and what it reads; a later one reads what an earlier one wrote.
pub(crate) const GROUPS: [(&str, Topic); 4] = [
    ("enrich", Topic::Rates),
    ("history", Topic::RatesEnriched),
    ("cache", Topic::RatesEnriched),
    ("fx-alert-engine", Topic::RatesEnriched),
];

/// How the world is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) brokers: u16,
    pub(crate) partitions: u32,
    /// Whether the programs reach the servers through proxies.
    pub(crate) proxied: bool,
    /// Whether there is an index: always through a proxy.
    pub(crate) indexed: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self { brokers: 1, partitions: 1, proxied: false, indexed: false }
    }
}

/// Servers of its own, and a configuration that names them.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) settings: Settings,
    pub(crate) kafka: Kafka,
    pub(crate) postgres: Postgres,
    pub(crate) redis: Redis,
    /// To Kafka, PostgreSQL and Redis, where they are proxied.
    pub(crate) proxies: Vec<Proxy>,
    /// To Elasticsearch, where there is an index.
    pub(crate) elasticsearch: Option<Proxy>,
    pub(crate) runtime: Runtime,
    /// Last, so that the next one is made when this one is gone.
    _turn: MutexGuard<'static, ()>,
}

/// Three servers and four programs fill a machine: one world at a time.
static TURN: Mutex<()> = Mutex::new(());

impl World {
    /// Waits until there is no other.
    pub(crate) fn new(plan: Plan) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        // A client of Kafka goes where the broker says that it is.
        let before_kafka = plan.proxied.then(free_port);
        let kafka = match before_kafka {
            Some(port) => Kafka::start_behind(port),
            None => Kafka::cluster(plan.brokers),
        };
        let (postgres, redis) = (Postgres::start(), Redis::start());
        let broker = kafka.brokers().first().and_then(|broker| broker.parse().ok()).expect("an address");
        let proxies: Vec<Proxy> = before_kafka.map_or_else(Vec::new, |port| {
            vec![Proxy::listen(port, broker), Proxy::start(postgres.address()), Proxy::start(redis.address())]
        });
        let folder = tempfile::tempdir().expect("a folder");
        let at = |place: usize, direct| proxies.get(place).map_or(direct, Proxy::address);
        let brokers = if plan.proxied { vec![at(0, broker).to_string()] } else { kafka.brokers() };
        let replication = plan.brokers.min(3);
        let text = format!(
            r#"
data_dir = "{data_dir}"
[feeds]
order = ["ecb"]
bundled_history = false
[feeds.ecb]
url = "http://127.0.0.1:9"
[stream]
backend = "kafka"
retention = "36500d"
[stream.kafka]
brokers = {brokers:?}
rates_partitions = {partitions}
enriched_partitions = {partitions}
replication = {replication}
min_insync_replicas = {min_insync}
[store]
backend = "postgresql"
[store.postgresql]
host = "127.0.0.1"
port = {pg_port}
user = "{pg_user}"
database = "{pg_database}"
[delivery]
allow_private_targets = ["127.0.0.1"]
[cache]
backend = "redis"
[cache.redis]
host = "127.0.0.1"
port = {redis_port}
"#,
            data_dir = folder.path().join("data").display(),
            partitions = plan.partitions,
            min_insync = replication.div_ceil(2),
            pg_port = at(1, postgres.address()).port(),
            pg_user = postgres::USER,
            pg_database = postgres::DATABASE,
            redis_port = at(2, redis.address()).port(),
        );
        let elasticsearch = plan.indexed.then(|| Proxy::start(elasticsearch::shared()));
        let text = elasticsearch.iter().fold(text, |text, proxy| text + &index_section(proxy));
        let file = folder.path().join("production.toml");
        std::fs::write(&file, text).expect("written");
        let settings = Settings::load(Some(&file)).expect("the configuration is right");
        let runtime = Runtime::new().expect("a runtime");
        let world = Self { folder, settings, kafka, postgres, redis, proxies, elasticsearch, runtime, _turn: turn };
        let provisioned = world.run(&["provision"]);
        assert!(provisioned.status.success(), "{}", String::from_utf8_lossy(&provisioned.stderr));
        world
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("production.toml")
    }

    /// Starts a program with this configuration.
    pub(crate) fn start(&self, name: &'static str, args: &[&str]) -> Program {
        Program::start(self, name, args)
    }

    /// Starts the API and waits until it answers.
    pub(crate) fn start_api(&self) -> (Program, Api) {
        let mut program = self.start("fx-api", &[]);
        program.until_ready();
        let api = program.api();
        (program, api)
    }

    /// Replays a recording into the log to its end.
    pub(crate) fn replay(&self, file: &Path, args: &[&str]) {
        let file = file.to_string_lossy();
        let mut producer = self.start("fx-producer", &[&["--replay", &file, "--speed", "max"], args].concat());
        producer.must_end_well();
    }

    /// Runs `fx-monitor` with this configuration to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        Self::command("fx-monitor", args).arg("--config").arg(self.config()).output().expect("it runs")
    }

    pub(crate) fn log(&self) -> Arc<dyn Log> {
        Arc::new(KafkaLog::connect(&self.settings.stream.kafka).expect("settings of Kafka"))
    }

    pub(crate) fn store(&self) -> PostgresStore {
        let _in_runtime = self.runtime.enter();
        PostgresStore::connect(&self.settings.store.postgresql).expect("settings of PostgreSQL")
    }

    pub(crate) fn cache(&self) -> RedisCache {
        let _in_runtime = self.runtime.enter();
        RedisCache::connect(&self.settings.cache.redis).expect("settings of Redis")
    }

    /// Waits until the groups have read all there is; one after another, since each may write what the next one reads.
    pub(crate) fn until_read(&self, groups: &[(&str, Topic)]) {
        let log = self.log();
        for (group, topic) in groups {
            let begun = Instant::now();
            loop {
                let read = self.runtime.block_on(log.positions(group, *topic));
                let done = |positions: &Vec<fx_stream::PartitionPosition>| {
                    positions.iter().all(|at| at.end == 0 || at.committed == Some(at.end))
                };
                if read.as_ref().is_ok_and(done) {
                    break;
                }
                assert!(begun.elapsed() < 3 * PATIENCE, "{group} is not through: {read:?}\n{}", self.logs());
                look_again();
            }
        }
    }

    /// Waits until the store has a rate of that day or later.
    pub(crate) fn until_stored(&self, store: &dyn RateStore, source: &str, pair: &str, day: &str) {
        let query = HistoryQuery {
            source: source.parse().expect("a source"),
            pair: pair.parse().expect("a pair"),
            from: Some(format!("{day}T00:00:00Z").parse().expect("a day")),
            to: None,
            order: Order::Descending,
            after: None,
            limit: 1,
        };
        let begun = Instant::now();
        while self.runtime.block_on(store.history(query.clone())).map_or(0, |rates| rates.len()) == 0 {
            assert!(begun.elapsed() < PATIENCE, "nothing of {day} is stored\n{}", self.logs());
            look_again();
        }
    }

    /// Takes every rate out of the history.
    pub(crate) fn empty_history(&self) {
        let store = self.store().rates();
        let far = "9999-01-01T00:00:00Z".parse().expect("a time");
        while self.runtime.block_on(store.prune(far)).expect("the store answers") > 0 {}
    }

    /// Waits until every transition stands in `fx-alert-events`, and nothing else.
    pub(crate) fn until_published(&self, api: &Api) {
        self.until_holds(Topic::AlertEvents, &api.pages("/alerts/history?limit=1000", "transitions"));
    }

    /// Waits until nobody is still to be told, and what became of telling is published.
    pub(crate) fn until_delivered(&self, api: &Api) {
        api.until("/deliveries?status=pending", |page| page["count"] == 0);
        self.until_holds(Topic::Deliveries, &api.pages("/deliveries?limit=1000", "deliveries"));
    }

    /// Waits until the topic holds these, by their ids.
    fn until_holds(&self, topic: Topic, items: &[serde_json::Value]) {
        let wanted: BTreeSet<String> = items.iter().map(|item| item["id"].to_string()).collect();
        let begun = Instant::now();
        loop {
            let published: BTreeSet<String> = self.published(topic).into_iter().collect();
            if published == wanted {
                return;
            }
            assert!(published.is_subset(&wanted), "something is published that never happened");
            assert!(begun.elapsed() < PATIENCE, "{} of {} are in {topic}", published.len(), wanted.len());
            look_again();
        }
    }

    /// The ids of what was published, in its order.
    fn published(&self, topic: Topic) -> Vec<String> {
        let (log, mut ids) = (self.log(), Vec::new());
        let read = fx_stream::read_to_end(log.as_ref(), topic, |message| {
            let item: serde_json::Value = serde_json::from_slice(&message.record.payload).expect("JSON");
            ids.push(item["id"].to_string());
        });
        self.runtime.block_on(read).expect("the log answers");
        ids
    }

    /// The last lines of what the programs have logged.
    pub(crate) fn logs(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder").flatten();
        let logs = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "log"));
        let last_lines = |file: std::fs::DirEntry| {
            let text = std::fs::read_to_string(file.path()).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            format!("== {}\n{}\n", file.path().display(), lines[lines.len().saturating_sub(12)..].join("\n"))
        };
        logs.map(last_lines).collect()
    }

    fn command(name: &str, args: &[&str]) -> Command {
        let monitor = Path::new(env!("CARGO_BIN_EXE_fx-monitor"));
        let program = monitor.with_file_name(name);
        assert!(program.exists(), "{} is missing, `cargo build --workspace` makes it", program.display());
        let mut command = Command::new(program);
        command.args(args).env("NO_COLOR", "1");
        command
    }
}

fn index_section(proxy: &Proxy) -> String {
    let (address, prefix) = (proxy.address(), unique());
    format!(
        "[index]\nbackend = \"elasticsearch\"\n[index.elasticsearch]\nurl = \"http://{address}\"\nprefix = \"{prefix}-\"\n"
    )
}

/// A running program.
pub(crate) struct Program {
    name: &'static str,
    args: Vec<String>,
    child: Child,
    /// Where it shows its health.
    port: u16,
    log: PathBuf,
}

impl Program {
    fn start(world: &World, name: &'static str, args: &[&str]) -> Self {
        let port = free_port();
        let log = world.folder.path().join(format!("{name}-{port}.log"));
        let file = std::fs::File::create(&log).expect("a log");
        let mut command = World::command(name, &["--config"]);
        command.arg(world.config()).args(args);
        let key = match name {
            "fx-producer" => "TELEMETRY__METRICS__PRODUCER",
            "fx-consumer" => "TELEMETRY__METRICS__CONSUMER",
            "fx-alert-engine" => "TELEMETRY__METRICS__ALERT_ENGINE",
            _ => "API__LISTEN",
        };
        command.env(format!("FX_MONITOR__{key}"), format!("127.0.0.1:{port}"));
        let child = command.stdout(Stdio::null()).stderr(file).spawn().expect("the program starts");
        Self { name, args: args.iter().map(|&arg| arg.to_owned()).collect(), child, port, log }
    }

    /// What it shows by HTTP.
    pub(crate) fn api(&self) -> Api {
        Api::new(format!("http://127.0.0.1:{}", self.port))
    }

    /// Waits until all its parts work.
    pub(crate) fn until_ready(&mut self) {
        let begun = Instant::now();
        let api = self.api();
        while !api.is_ready() {
            let ended = self.child.try_wait().expect("a child of ours");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "{} is not ready: {}", self.name, self.log());
            look_again();
        }
    }

    /// Waits until it ends by itself, and well.
    pub(crate) fn must_end_well(&mut self) {
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{}: {status}: {}", self.name, self.log());
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_some()
    }

    /// Sends a signal, such as `STOP`.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([format!("-{signal}"), self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// kill -9, and at once the same again.
    pub(crate) fn kill_and_start_again(&mut self, world: &World) {
        self.end();
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        *self = Self::start(world, self.name, &args);
    }

    /// SIGTERM; it must end well.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        self.must_end_well();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}
