//! A service as systemd sees it: the test starts itself again as a child with a notification socket, and sends it
//! signals.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fx_service::{Shutdown, notify};

/// Not a test of its own: what the child runs. It drains for ever, until it is told to stop at once.
#[tokio::test]
#[ignore = "started by the test below, with a notification socket"]
async fn service() {
    let shutdown = Shutdown::on_signals().expect("signals");
    tokio::spawn(notify::watchdog(shutdown.clone()));
    notify::ready("serving");
    shutdown.requested().await;
    notify::status("draining");
    shutdown.forced().await;
    notify::status("dropped");
}

struct Service {
    child: Child,
    socket: UnixDatagram,
    _directory: tempfile::TempDir,
}

impl Service {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("bound");
        socket.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        let child = Command::new(std::env::current_exe().expect("known"))
            .args(["--exact", "service", "--ignored"])
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "20000")
            .env_remove("WATCHDOG_PID")
            .stdout(Stdio::null())
            .spawn()
            .expect("started");
        Self { child, socket, _directory: directory }
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Reads messages up to the one that contains `line`.
    fn told(&self, line: &str) {
        let mut buffer = [0; 1024];
        loop {
            let length = self.socket.recv(&mut buffer).unwrap_or_else(|error| panic!("waiting for {line}: {error}"));
            if std::str::from_utf8(&buffer[..length]).expect("text").lines().any(|told| told == line) {
                return;
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_service_says_when_it_is_ready_alive_and_stopping() {
    let mut service = Service::start();
    service.told("READY=1");
    service.told("WATCHDOG=1");
    service.signal("-TERM");
    service.told("STOPPING=1");
    service.told("STATUS=draining");
    service.told("WATCHDOG=1");
    service.signal("-INT");
    service.told("STATUS=dropped");
    assert!(service.child.wait().expect("ends").success());
}
