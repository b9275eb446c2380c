//! A server process in a folder of its own, which outlives nobody.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take until it accepts connections.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a server is run in its folder, once it is prepared there.
type Run = Box<dyn Fn(&Path, u16) -> Command + Send + Sync>;

/// A server on a loopback port. It can be stopped and started again with all that it kept; dropping it removes everything.
pub struct Server {
    folder: PathBuf,
    port: u16,
    run: Run,
    child: Option<Child>,
    guard: Child,
}

impl Server {
    /// Starts what `run` makes of a new folder and a free port. `run` is called again for each further start.
    pub fn start(name: &str, run: impl Fn(&Path, u16) -> Command + Send + Sync + 'static) -> Self {
        Self::start_on(name, free_port(), run)
    }

    /// The same on a port that was chosen before.
    pub(crate) fn start_on(name: &str, port: u16, run: impl Fn(&Path, u16) -> Command + Send + Sync + 'static) -> Self {
        let folder = tempfile::Builder::new().prefix(&format!("fx-{name}-")).tempdir().expect("a folder").keep();
        let guard = guard(&folder);
        let mut server = Self { folder, port, run: Box::new(run), child: None, guard };
        server.start_again();
        server
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it again on the same port with what it kept, and waits until it accepts connections.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "the server is running");
        let log = std::fs::File::options().create(true).append(true).open(self.log()).expect("a log");
        let mut command = (self.run)(&self.folder, self.port);
        // A group of its own, so that a signal reaches what it has started too.
        command.process_group(0).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a log")).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        std::fs::write(self.folder.join("group"), child.id().to_string()).expect("written");
        self.child = Some(child);
        self.wait_until_it_accepts();
    }

    /// Asks it to stop with SIGTERM and waits until it has.
    pub fn stop(&mut self) {
        self.signal("TERM");
        self.wait();
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.wait();
    }

    /// Sends a signal, such as `STOP`, to it and all that it has started.
    pub fn signal(&self, signal: &str) {
        let Some(child) = &self.child else { return };
        signal_group(child.id(), signal);
    }

    /// Whether the process runs.
    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    fn wait(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.wait().expect("the server ends");
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log.txt")
    }

    fn wait_until_it_accepts(&mut self) {
        let begun = Instant::now();
        while TcpStream::connect(self.address()).is_err() {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("a child of ours"));
            let log = || std::fs::read_to_string(self.log()).unwrap_or_default();
            assert!(ended.is_none(), "the server ended with {ended:?}: {}", log());
            assert!(begun.elapsed() < PATIENCE, "the server does not accept connections: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        // The guard finds its input at the end, and removes the folder.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Sends a signal to a group of processes.
pub(crate) fn signal_group(group: u32, signal: &str) {
    let sent = Command::new("kill").arg(format!("-{signal}")).arg("--").arg(format!("-{group}")).status();
    sent.expect("kill runs");
}

/// Waits for whoever started the server to go, then removes what is left of it.
fn guard(folder: &Path) -> Child {
    const SCRIPT: &str = r#"cat >/dev/null; env kill -KILL -- "-$(cat "$0/group")" 2>/dev/null; rm -rf "$0""#;
    let mut command = Command::new("sh");
    // A group of its own: a Ctrl-C that ends the test must not end the guard.
    command.arg("-c").arg(SCRIPT).arg(folder).stdin(Stdio::piped()).process_group(0);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("sh runs")
}

/// A port that nobody listens on, and the next one too.
pub fn free_port() -> u16 {
    loop {
        let first = bind(0).expect("a free port");
        let port = first.local_addr().expect("an address").port();
        if port < u16::MAX && bind(port + 1).is_ok() {
            return port;
        }
    }
}

fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
}
