//! The program as a child process.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use fx_config::KafkaSettings;

/// Long enough for any machine; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// `what` must come to be.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain for {what}"));
}

/// The topics of this test, made.
pub(crate) async fn topics(broker: &str) -> KafkaSettings {
    let settings = KafkaSettings {
        brokers: vec![broker.to_owned()],
        prefix: format!("{}-", fx_testkit::unique()),
        ..KafkaSettings::default()
    };
    fx_stream::kafka::provision(&settings, Duration::from_hours(24)).await.expect("topics are made");
    settings
}

pub(crate) struct Producer {
    child: Child,
    address: SocketAddr,
}

impl Producer {
    /// With that data folder, those topics, and `feeds` of the file; with these arguments.
    pub(crate) fn start(folder: &Path, kafka: &KafkaSettings, feeds: &str, arguments: &[&str]) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], fx_testkit::free_port()));
        let mut file = format!("data_dir = \"{}\"\n{feeds}\n", folder.join("data").display());
        let _ = write!(
            file,
            "[stream]\nbackend = \"kafka\"\n[stream.kafka]\nbrokers = {:?}\nprefix = {:?}\n\
             [telemetry.metrics]\nproducer = \"{address}\"\n",
            kafka.brokers, kafka.prefix
        );
        let path = folder.join("fx-monitor.toml");
        std::fs::write(&path, file).expect("written");
        let child = Command::new(env!("CARGO_BIN_EXE_fx-producer"))
            .arg("--config")
            .arg(&path)
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()
            .expect("started");
        Self { child, address }
    }

    /// A page of its own; empty while it does not answer.
    pub(crate) async fn page(&self, path: &str) -> String {
        let Ok(answer) = reqwest::get(format!("http://{}{path}", self.address)).await else { return String::new() };
        answer.text().await.unwrap_or_default()
    }

    /// The value of a metric, which is named with its labels.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let page = self.page("/metrics").await;
        let value = page.lines().find_map(|line| line.strip_prefix(name)).and_then(|value| value.trim().parse().ok());
        value.unwrap_or(0)
    }

    /// The spool's part of `/health`.
    pub(crate) async fn spool(&self) -> String {
        let page: serde_json::Value = serde_json::from_str(&self.page("/health").await).unwrap_or_default();
        page["components"]["spool"].to_string()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    pub(crate) async fn stop(mut self) -> ExitStatus {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        self.ended().await
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        until("the program's end", async || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        })
        .await;
        status.expect("it has ended")
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
