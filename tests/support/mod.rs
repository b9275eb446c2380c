//! A running `fx-monitor up` and what is asked of it.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

/// No condition here takes that long unless something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// The recorded data, or a message that the test is skipped.
pub(crate) fn recorded(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: recorded data {} is not here", path.display());
    None
}

/// A configuration that reaches no provider: every feed's endpoint is a closed port of this machine.
pub(crate) const OFFLINE: &str = r#"
[feeds]
order = ["kraken", "open-er-api", "ecb"]
[feeds.kraken]
url = "ws://127.0.0.1:9"
[feeds.open-er-api]
url = "http://127.0.0.1:9"
[feeds.ecb]
url = "http://127.0.0.1:9"
"#;

/// The same without the bundled history.
pub(crate) fn offline_and_empty() -> String {
    OFFLINE.replace("[feeds]", "[feeds]\nbundled_history = false")
}

/// `fx-monitor up` on a data directory and a free port.
pub(crate) struct Service {
    child: Child,
    url: String,
    client: reqwest::blocking::Client,
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
        Self { child, url, client: reqwest::blocking::Client::new() }
    }

    /// Starts it with this configuration.
    pub(crate) fn start_with(data_dir: &Path, config: &str, args: &[&str]) -> Self {
        let file = data_dir.join("config.toml");
        std::fs::write(&file, config).expect("the configuration is written");
        let file = file.to_string_lossy().into_owned();
        Self::start(data_dir, &[&["--config", &file], args].concat())
    }

    /// The address of its API.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The answer to a GET, which must be a good one.
    pub(crate) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).expect("JSON")
    }

    /// The same as it was written.
    pub(crate) fn text(&self, path: &str) -> String {
        let response = self.client.get(format!("{}{path}", self.url)).send().expect("it answers");
        let status = response.status();
        let text = response.text().expect("the answer is whole");
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    /// The status and the body of any request.
    pub(crate) fn send(&self, method: reqwest::Method, path: &str, body: Option<&str>) -> (u16, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let response = request.send().expect("it answers");
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().expect("the answer is whole")).unwrap_or(Value::Null))
    }

    /// Waits until an answer is as wanted.
    pub(crate) fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (status, answer) = self.send(reqwest::Method::GET, path, None);
            if status == 200 && wanted(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{path} never became as wanted: {answer:#}");
            look_again();
        }
    }

    /// Every page of a list, its items as they are.
    pub(crate) fn pages(&self, path: &str, list: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        let joint = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = match &cursor {
                None => self.get(path),
                Some(cursor) => self.get(&format!("{path}{joint}cursor={cursor}")),
            };
            items.extend(page[list].as_array().expect("a list").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return items,
            }
        }
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

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Leaves the processor to the service between two looks at a condition.
pub(crate) fn look_again() {
    std::thread::sleep(Duration::from_millis(20));
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
