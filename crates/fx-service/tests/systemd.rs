//! A service as systemd sees it: the test starts itself again as a child with a notification socket, and sends it
//! signals. What the child's part does next follows from files in its folder.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fx_service::program::{self, NoArguments, Program, Service};

const SERVICE: Service =
    Service { name: "fx-test", about: "Is looked at", address: |_| Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))) };

/// Not a test of its own: what the child runs.
#[test]
#[ignore = "started by the tests below, with a notification socket"]
fn service() {
    let config = PathBuf::from(std::env::var_os("FX_TEST_FOLDER").expect("named by the parent")).join("config.toml");
    let arguments = ["fx-test".into(), "--config".into(), config.into()];
    let ended = program::run(&SERVICE, arguments, async |program: Program, _: NoArguments| {
        let folder = PathBuf::from(std::env::var_os("FX_TEST_FOLDER").expect("named by the parent"));
        let (store, cache) = (program.health.component("store"), program.health.component("cache"));
        store.ok("reading");
        file(&folder, "checked").await;
        cache.ok("reading");
        file(&folder, "down").await;
        cache.down("redis: connection refused");
        file(&folder, "up").await;
        cache.ok("reading");
        file(&folder, "stall").await;
        let busy = store.busy();
        file(&folder, "finish").await;
        drop(busy);
        program.shutdown.requested().await;
        file(&folder, "drain").await;
        Ok(())
    });
    ended.expect("drained");
}

async fn file(folder: &Path, name: &str) {
    while !folder.join(name).exists() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

struct Supervised {
    child: Child,
    socket: UnixDatagram,
    folder: tempfile::TempDir,
}

impl Supervised {
    fn start(given: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("temporary directory");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("bound");
        socket.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        fs::write(folder.path().join("config.toml"), "").expect("written");
        for name in given {
            fs::write(folder.path().join(name), "").expect("written");
        }
        let child = Command::new(std::env::current_exe().expect("known"))
            .args(["--exact", "service", "--ignored"])
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "200000")
            .env("FX_TEST_FOLDER", folder.path())
            .env_remove("WATCHDOG_PID")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("started");
        Self { child, socket, folder }
    }

    fn give(&self, name: &str) {
        fs::write(self.folder.path().join(name), "").expect("written");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Reads messages up to one with a line for which `wanted` holds, and gives all lines.
    fn read(&self, what: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let (mut buffer, mut lines) = ([0; 1024], Vec::new());
        loop {
            let length = self.socket.recv(&mut buffer).unwrap_or_else(|error| panic!("waiting for {what}: {error}"));
            let told = std::str::from_utf8(&buffer[..length]).expect("text").lines().map(str::to_owned);
            let before = lines.len();
            lines.extend(told);
            if lines[before..].iter().any(|line| wanted(line)) {
                return lines;
            }
        }
    }

    fn told(&self, line: &str) -> Vec<String> {
        self.read(line, |told| told == line)
    }

    fn ends_well(mut self) -> bool {
        self.child.wait().expect("ends").success()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_is_ready_after_the_first_check_and_says_how_it_is_doing() {
    let service = Supervised::start(&["stall", "finish", "drain"]);
    let before = service.told("STATUS=starting: waiting for cache");
    service.give("checked");
    let ready = service.told("READY=1");
    assert!(!before.contains(&"READY=1".to_owned()));
    assert!(ready.contains(&"STATUS=ok: 2 of 2 parts".to_owned()), "{ready:?}");
    service.give("down");
    service.read("what is down", |line| {
        line.starts_with("STATUS=down: cache down since ") && line.ends_with(": redis: connection refused")
    });
    service.give("up");
    service.told("STATUS=ok: 2 of 2 parts");
    service.signal("-TERM");
    service.told("STOPPING=1");
    assert!(service.ends_well());
}

#[test]
fn a_changed_configuration_is_taken_over_or_named_and_a_broken_one_is_not() {
    let service = Supervised::start(&["checked", "down", "up", "stall", "finish", "drain"]);
    service.told("READY=1");
    let reload = |config: &str| {
        fs::write(service.folder.path().join("config.toml"), config).expect("written");
        service.signal("-HUP");
        let reloading = service.told("RELOADING=1");
        let told = if reloading.contains(&"READY=1".to_owned()) { reloading } else { service.told("READY=1") };
        told.into_iter().filter_map(|line| Some(line.strip_prefix("STATUS=")?.to_owned())).next_back()
    };
    let changed = "[telemetry]\nlog = \"debug\"\n[api]\nlisten = \"127.0.0.1:9000\"";
    let status = "reloaded: telemetry.log = \"debug\" taken over; wants a restart for api.listen; ok: 2 of 2 parts";
    assert_eq!(reload(changed).as_deref(), Some(status));
    let status = reload("[api]\nlisten = 1").expect("told");
    assert!(status.starts_with("not reloaded, the settings stay as they were: "), "{status}");
    assert!(status.contains("api.listen"), "{status}");
    service.signal("-TERM");
    assert!(service.ends_well());
}

#[test]
fn the_watchdog_is_not_fed_while_a_part_stalls() {
    let service = Supervised::start(&["checked", "down", "up"]);
    service.told("WATCHDOG=1");
    service.give("stall");
    let stalled = |line: &str| line.starts_with("STATUS=stalled: store is at work without a sign of life");
    service.read("the stalled part", stalled);
    let nothing_for = Duration::from_millis(500);
    service.socket.set_read_timeout(Some(nothing_for)).expect("set");
    let mut buffer = [0; 1024];
    while let Ok(length) = service.socket.recv(&mut buffer) {
        assert!(!buffer[..length].starts_with(b"WATCHDOG=1"), "fed while a part stalls");
    }
    service.socket.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    service.give("finish");
    service.told("WATCHDOG=1");
    service.told("STATUS=ok: 2 of 2 parts");
    service.signal("-TERM");
    service.give("drain");
    assert!(service.ends_well());
}

#[test]
fn it_drains_with_the_watchdog_fed_and_ends_at_once_at_the_second_signal() {
    let service = Supervised::start(&["checked", "down", "up", "stall", "finish"]);
    service.told("READY=1");
    service.signal("-TERM");
    service.told("STATUS=stopping: finishing what is under way");
    service.told("WATCHDOG=1");
    service.signal("-INT");
    assert!(!service.ends_well(), "what was under way is not finished");
}
