//! A running `fx-monitor up`.

use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use super::{Api, PATIENCE};

/// `fx-monitor up` on a data directory and a free port.
pub(crate) struct Service {
    child: Child,
    api: Api,
}

impl Service {
    /// Starts it and waits until it listens.
    pub(crate) fn start(data_dir: &Path, args: &[&str]) -> Self {
        let mut child =
            command(data_dir, "127.0.0.1:0").args(args).stderr(Stdio::piped()).spawn().expect("the program starts");
        let stderr = child.stderr.take().expect("it is piped");
        let (sender, lines) = mpsc::channel();
        // Reads on for ever, so that the service never waits for a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut seen = Vec::new();
        let url = loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => match address(&line) {
                    Some(url) => break url,
                    None => seen.push(line),
                },
                Err(ended) => panic!("it does not listen ({ended}): {seen:#?}"),
            }
        };
        Self { child, api: Api::new(url) }
    }

    /// Starts it with this configuration.
    pub(crate) fn start_with(data_dir: &Path, config: &str, args: &[&str]) -> Self {
        let file = data_dir.join("config.toml");
        std::fs::write(&file, config).expect("the configuration is written");
        let file = file.to_string_lossy().into_owned();
        Self::start(data_dir, &[&["--config", &file], args].concat())
    }

    /// The memory that it has taken.
    pub(crate) fn memory_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib * 1024
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM; it must end well.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Deref for Service {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `fx-monitor up` on a data directory and an address.
pub(crate) fn command(data_dir: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fx-monitor"));
    command.arg("up").arg("--data-dir").arg(data_dir).args(["--listen", listen]).env("NO_COLOR", "1");
    command
}

fn address(line: &str) -> Option<String> {
    let (_, address) = line.split_once("listening address=")?;
    Some(format!("http://{}", address.split_whitespace().next()?))
}
