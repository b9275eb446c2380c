//! PostgreSQL in a folder of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::{Server, unique};

/// The user of every server here, who may do everything and needs no password.
pub const USER: &str = "postgres";
/// The database of every server here.
pub const DATABASE: &str = "postgres";

/// How long a server may take until it has recovered.
const PATIENCE: Duration = Duration::from_mins(1);

/// Small, and for many tests at once.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "shared_buffers=64MB",
    "max_wal_size=1GB",
    "log_min_messages=fatal",
    "superuser_reserved_connections=3",
];

/// What is given up where nothing needs to outlive the machine.
const CARELESS: &[&str] = &["fsync=off", "full_page_writes=off"];

/// A PostgreSQL server. It can be stopped and started again; dropping it removes everything.
pub struct Postgres {
    server: Server,
}

impl Postgres {
    /// A server of one's own, which writes to the disk what it says it has.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server that is fast, and loses what it has when the machine dies.
    pub fn start_careless() -> Self {
        Self::start_with(CARELESS)
    }

    /// One of one's own with more settings, each as `name=value`. A file named in them is looked for in the folder of the data,
    /// which `files` are copied into.
    pub fn start_with_files(settings: &[&str], files: &[&Path]) -> Self {
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let files: Vec<PathBuf> = files.iter().map(|&file| file.to_owned()).collect();
        let server = Server::start("postgres", move |folder, port| {
            let data = folder.join("data");
            if !data.exists() {
                make(folder, &data, &files);
            }
            let mut command = as_postgres("postgres");
            command.current_dir(&data).arg("-D").arg(&data).arg("-p").arg(port.to_string());
            let settings = settings.iter().map(String::as_str);
            SETTINGS.iter().copied().chain(settings).for_each(|setting| {
                command.arg("-c").arg(setting);
            });
            command
        });
        wait_until_ready(server.address());
        Self { server }
    }

    fn start_with(settings: &[&str]) -> Self {
        Self::start_with_files(settings, &[])
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Ends all sessions and stops.
    pub fn stop(&mut self) {
        // SIGTERM alone would wait for the sessions to end.
        self.server.signal("INT");
        self.server.stop();
    }

    /// Kills it with SIGKILL, and waits until its sessions have noticed.
    pub fn kill(&mut self) {
        self.server.kill();
        let begun = Instant::now();
        while runs_in(self.server.folder()) {
            assert!(begun.elapsed() < PATIENCE, "processes of a killed server still run");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts it again with what it kept.
    pub fn start_again(&mut self) {
        self.server.start_again();
        wait_until_ready(self.server.address());
    }
}

/// The address of the server of this test run: that of `FX_TEST_POSTGRES`, or of one that is started for this process.
pub fn shared() -> SocketAddr {
    static SHARED: OnceLock<(SocketAddr, Option<Postgres>)> = OnceLock::new();
    let (address, _) = SHARED.get_or_init(|| {
        if let Ok(address) = std::env::var("FX_TEST_POSTGRES") {
            return (address.parse().expect("FX_TEST_POSTGRES is an address such as 127.0.0.1:5432"), None);
        }
        let server = Postgres::start_careless();
        (server.address(), Some(server))
    });
    *address
}

/// A schema's name that no other test has; the schema goes with it.
pub struct Schema {
    address: SocketAddr,
    name: String,
}

impl Schema {
    /// A name for the server at `address`. The schema itself is made by whoever uses it.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, name: unique() }
    }

    /// The server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements with this schema as the current one; answers their rows as text, one a line, columns apart by `|`.
    pub fn run(&self, sql: &str) -> String {
        let output = psql(self.address)
            .env("PGOPTIONS", format!("-c search_path={} -c client_min_messages=warning", self.name))
            .args(["-v", "ON_ERROR_STOP=1", "-c", sql])
            .output()
            .expect("psql runs");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name);
        let mut psql = psql(self.address);
        // A server that is gone has taken the schema along.
        let _ =
            psql.env("PGOPTIONS", "-c client_min_messages=error").args(["-c", &drop]).stderr(Stdio::null()).status();
    }
}

fn psql(address: SocketAddr) -> Command {
    let mut command = Command::new(program("psql"));
    command.args(["-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-U", USER, "-d", DATABASE]);
    command.arg("-p").arg(address.port().to_string());
    command
}

fn make(folder: &Path, data: &Path, files: &[PathBuf]) {
    // The server will not run as root: its folder is another user's, who must get there.
    let is_root = is_root();
    if is_root {
        run(Command::new("chmod").arg("755").arg(folder));
    }
    let mut install = Command::new("install");
    install.args(["-d", "-m", "700"]);
    if is_root {
        install.args(["-o", USER, "-g", USER]);
    }
    run(install.arg(data));
    let mut initdb = as_postgres("initdb");
    initdb.current_dir(folder).arg("-D").arg(data);
    run(initdb.args(["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]));
    for file in files {
        let mut copy = Command::new("install");
        copy.args(["-m", "600"]);
        if is_root {
            copy.args(["-o", USER, "-g", USER]);
        }
        run(copy.arg(file).arg(data));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A program of PostgreSQL, run by the user whom it wants.
fn as_postgres(name: &str) -> Command {
    if !is_root() {
        return Command::new(program(name));
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={USER}"), &format!("--regid={USER}"), "--clear-groups"]).arg(program(name));
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").expect("/proc").uid() == 0
}

/// A program of the newest version that is installed.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())))
        .max_by_key(|(version, _)| *version);
    newest.map_or_else(|| PathBuf::from(name), |(_, path)| path.join("bin").join(name))
}

/// It accepts connections before it has recovered, and refuses them.
fn wait_until_ready(address: SocketAddr) {
    let begun = Instant::now();
    loop {
        let mut ask = psql(address);
        if ask
            .args(["-c", "SELECT 1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|it| it.success())
        {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "the server does not get ready");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether a process works in the server's folder.
fn runs_in(folder: &Path) -> bool {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|entry| std::fs::read_link(entry.path().join("cwd")).ok()).any(|cwd| cwd.starts_with(folder))
}
