//! Elasticsearch, one node.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::Server;

/// How long a node may take to take up its indices once it accepts connections.
const PATIENCE: Duration = Duration::from_mins(1);

/// A node of its own, for tests that stop and kill it.
pub struct Elasticsearch(Server);

impl Elasticsearch {
    /// A node that anybody may use.
    pub fn start() -> Self {
        let mut node = Self(Server::start("elasticsearch", command(prepared())));
        node.until_ready();
        node
    }

    /// A node that wants to know who one is. `settings` are lines for elasticsearch.yml, in which `CONFIG` stands for its
    /// folder of configuration; `files` go into that folder first: users, roles and certificates.
    pub fn start_secure(settings: &'static str, files: Vec<(&'static str, String)>) -> Self {
        let run = command(prepared());
        Self(Server::start("elasticsearch", move |folder, port| {
            let config = folder.join("data/config");
            std::fs::create_dir_all(&config).expect("a folder");
            for (name, text) in &files {
                std::fs::write(config.join(name), text).expect("written");
            }
            let mut command = run(folder, port);
            let settings = settings.replace("CONFIG", &config.to_string_lossy());
            command.env("ES_SECURITY", "true").env("EXTRA_SETTINGS", settings);
            command
        }))
    }

    /// Its URL, without TLS.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Starts it again with what it kept, and waits until it works.
    pub fn start_again(&mut self) {
        self.0.start_again();
        self.until_ready();
    }

    /// A node listens a while before it has taken up its indices.
    fn until_ready(&mut self) {
        let begun = Instant::now();
        while !asks_well(self.address()) {
            assert!(begun.elapsed() < PATIENCE, "elasticsearch does not take up its indices");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Deref for Elasticsearch {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl DerefMut for Elasticsearch {
    fn deref_mut(&mut self) -> &mut Server {
        &mut self.0
    }
}

/// The address of the one node of this test run, for tests that keep to a prefix of their own: that of
/// `FX_TEST_ELASTICSEARCH` (`host:port`), or one that is started for this process.
pub fn shared() -> SocketAddr {
    static SHARED: OnceLock<Elasticsearch> = OnceLock::new();
    if let Ok(address) = std::env::var("FX_TEST_ELASTICSEARCH") {
        return address.parse().expect("FX_TEST_ELASTICSEARCH is an address such as 127.0.0.1:9200");
    }
    SHARED.get_or_init(Elasticsearch::start).address()
}

fn asks_well(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let path = "/_cluster/health?wait_for_no_initializing_shards=true&timeout=30s";
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"))
}

fn command(home: String) -> impl Fn(&Path, u16) -> Command + Send + Sync + 'static {
    move |folder, port| {
        let mut command = Command::new(scripts().join("run.sh"));
        command.arg(folder.join("data")).arg(port.to_string()).env("ES_HOME", &home);
        command
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/servers/elasticsearch")
}

/// The folder with Elasticsearch in it, fetched where it is not there yet.
fn prepared() -> String {
    let output = Command::new(scripts().join("prepare.sh")).output().expect("bash, mvn and java are installed");
    assert!(output.status.success(), "elasticsearch cannot be prepared: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
