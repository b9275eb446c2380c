//! Apache Kafka: broker and controller in one process, or three of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::Server;
use crate::process::free_port;

/// One node, or a cluster of them, of its own: for tests that stop and kill it.
pub struct Kafka {
    nodes: Vec<Server>,
}

impl Kafka {
    /// A single node.
    pub fn start() -> Self {
        Self::cluster(1)
    }

    /// A single node that tells its clients this port: that of a proxy before it.
    pub fn start_behind(port: u16) -> Self {
        Self::nodes(1, Some(port))
    }

    /// So many nodes; the brokers' own topics are on all of them.
    pub fn cluster(nodes: u16) -> Self {
        Self::nodes(nodes, None)
    }

    fn nodes(nodes: u16, advertised: Option<u16>) -> Self {
        let lib = prepared();
        let ports: Vec<u16> = free_ports(nodes);
        let voter = |(id, port): (usize, &u16)| format!("{id}@127.0.0.1:{}", port + 1);
        let voters: Vec<String> = (1..).zip(&ports).map(voter).collect();
        let (voters, replication) = (voters.join(","), nodes.to_string());
        let start = |(id, port): (usize, u16)| {
            let (lib, voters, replication) = (lib.clone(), voters.clone(), replication.clone());
            let run = move |folder: &Path, port: u16| {
                let mut command = Command::new(scripts().join("run.sh"));
                command.arg(folder.join("data")).arg(port.to_string());
                command.env("KAFKA_LIB", &lib).env("NODE_ID", id.to_string());
                command.env("VOTERS", &voters).env("REPLICATION", &replication);
                command.envs(advertised.map(|port| ("ADVERTISED", port.to_string())));
                command
            };
            // No node answers before most of them are there.
            std::thread::spawn(move || Server::start_on("kafka", port, run))
        };
        let starting: Vec<_> = (1..).zip(ports).map(start).collect();
        Self { nodes: starting.into_iter().map(|node| node.join().expect("the node starts")).collect() }
    }

    /// Where the nodes listen, `host:port` each.
    pub fn brokers(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.address().to_string()).collect()
    }

    /// A node, to stop, kill and start it again.
    pub fn node(&mut self, index: usize) -> &mut Server {
        &mut self.nodes[index]
    }
}

/// A single node that also listens where clients must say who they are.
pub struct SecureKafka {
    _node: Server,
    port: u16,
}

impl SecureKafka {
    /// `protocol` is one of Kafka's, such as `SASL_SSL`; `properties` set it up; `format` makes what must be there before
    /// the first start, such as users.
    pub fn start(protocol: &'static str, properties: String, format: &'static str) -> Self {
        let (lib, port) = (prepared(), free_port());
        let run = move |folder: &Path, first: u16| {
            let mut command = Command::new(scripts().join("run.sh"));
            command.arg(folder.join("data")).arg(first.to_string()).env("KAFKA_LIB", &lib);
            command.env("SECURE_PORT", port.to_string()).env("SECURE_PROTOCOL", protocol);
            command.env("EXTRA_PROPERTIES", &properties).env("FORMAT_OPTIONS", format);
            command
        };
        Self { _node: Server::start("kafka", run), port }
    }

    /// Where clients must say who they are.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// The address of the one node of this test run.
pub fn shared() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    static OWN: OnceLock<Kafka> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        std::env::var("FX_TEST_KAFKA").unwrap_or_else(|_| OWN.get_or_init(Kafka::start).brokers().swap_remove(0))
    })
}

fn free_ports(count: u16) -> Vec<u16> {
    let mut ports: Vec<u16> = Vec::new();
    while ports.len() < usize::from(count) {
        let port = free_port();
        if ports.iter().all(|taken| taken.abs_diff(port) > 1) {
            ports.push(port);
        }
    }
    ports
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/servers/kafka")
}

/// The folder with Kafka in it, fetched where it is not there yet.
fn prepared() -> String {
    let output = Command::new(scripts().join("prepare.sh")).output().expect("bash, mvn and java are installed");
    assert!(output.status.success(), "kafka cannot be prepared: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
