//! A service on loopback that answers what it was told to.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::{Child, Command};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// What a command did.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Its output, where it succeeded without a word on stderr.
    pub(crate) fn success(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self.stdout
    }

    /// Its complaint, where it failed with `code` and no output.
    pub(crate) fn failure(&self, code: i32) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{}", self.stderr);
        &self.stderr
    }
}

/// Runs the command as a shell would.
pub(crate) async fn fx_monitor(arguments: &[&str]) -> Ran {
    let output = command(arguments).output().await.expect("fx-monitor runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fx-monitor"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .env_remove("FX_MONITOR_URL")
        .env_remove("FX_API_KEY_FILE");
    // A proxy of the machine must not come between a command and its own loopback.
    command.env("http_proxy", "http://127.0.0.1:1").env_remove("no_proxy").env_remove("NO_PROXY");
    command
}

pub(crate) struct Service(MockServer);

impl Service {
    pub(crate) async fn start() -> Self {
        Self(MockServer::start().await)
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.0.uri()
    }

    pub(crate) async fn answers(&self, verb: &str, at: &str, status: u16, document: &Value) {
        let response = ResponseTemplate::new(status).set_body_json(document);
        Mock::given(method(verb)).and(path(at)).respond_with(response).mount(&self.0).await;
    }

    pub(crate) async fn answers_page(&self, at: &str, cursor: &str, document: &Value) {
        let response = ResponseTemplate::new(200).set_body_json(document);
        Mock::given(path(at)).and(query_param("cursor", cursor)).respond_with(response).mount(&self.0).await;
    }

    pub(crate) async fn answers_html(&self, at: &str) {
        let response = ResponseTemplate::new(200).set_body_string("<html>hello</html>");
        Mock::given(path(at)).respond_with(response).mount(&self.0).await;
    }

    pub(crate) async fn answers_nothing(&self, verb: &str) {
        Mock::given(method(verb)).respond_with(ResponseTemplate::new(204)).mount(&self.0).await;
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        fx_monitor(&[arguments, &["--url", &self.0.uri()]].concat()).await
    }

    pub(crate) fn watch(&self, arguments: &[&str]) -> Child {
        let url = self.0.uri();
        command(&[arguments, &["--url", &url]].concat()).stdout(Stdio::null()).spawn().expect("fx-monitor runs")
    }

    /// The requests so far: method, path and query.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let requests = self.0.received_requests().await.expect("recorded");
        let shown = |request: &wiremock::Request| {
            let query = request.url.query().map_or_else(String::new, |query| format!("?{query}"));
            format!("{} {}{query}", request.method, request.url.path())
        };
        requests.iter().map(shown).collect()
    }

    /// That header of each request so far.
    pub(crate) async fn headers(&self, name: &str) -> Vec<Option<String>> {
        let requests = self.0.received_requests().await.expect("recorded");
        let text = |request: &wiremock::Request| Some(request.headers.get(name)?.to_str().expect("text").to_owned());
        requests.iter().map(text).collect()
    }

    /// The JSON bodies so far.
    pub(crate) async fn bodies(&self) -> Vec<Value> {
        let requests = self.0.received_requests().await.expect("recorded");
        requests.iter().map(|request| request.body_json().expect("JSON")).collect()
    }
}

pub(crate) fn rates() -> Value {
    let live = json!({"pair": "EURUSD", "base": "EUR", "quote": "USD", "mid": 1.08425, "bid": 1.0842, "ask": 1.0843,
        "derived": false, "path": ["EURUSD"], "precision_bp": 0.46, "published": {"pair": "EURUSD", "mid": 1.08425,
        "scale": 4}, "held": null, "source": "kraken", "source_ts": "2026-10-30T15:00:00.250000Z",
        "fetched_at": "2026-10-30T15:00:00.300000Z", "ingested_at": "2026-10-30T15:00:00.310000Z", "age_s": 12.4,
        "stale": false, "quality": "ok", "change_24h_pct": -0.13,
        "volatility": {"price_stddev_20": 0.0031, "realized_vol": 0.071, "ewma_vol": 0.068}});
    let derived = json!({"pair": "EURINR", "base": "EUR", "quote": "INR", "mid": 91.234_567_890_1, "bid": null,
        "ask": null, "derived": true, "path": ["EURUSD", "USDINR"], "precision_bp": 0.9, "published": null,
        "held": null, "source": "open-er-api", "source_ts": "2026-10-30T00:00:01Z",
        "fetched_at": "2026-10-30T00:03:00Z", "ingested_at": "2026-10-30T00:03:00Z", "age_s": 54012.4, "stale": true,
        "quality": "unusual", "change_24h_pct": null,
        "volatility": {"price_stddev_20": null, "realized_vol": null, "ewma_vol": null}});
    json!({"as_of": "2026-10-30T15:00:12.650000Z", "count": 2, "rates": [live, derived]})
}

pub(crate) fn feeds() -> Value {
    json!({"count": 2, "feeds": [
        {"name": "kraken", "kind": "stream", "state": "live", "last_source_ts": "2026-10-30T15:00:00.250000Z",
         "last_polled": "2026-10-30T15:00:00.300000Z", "next_poll": null, "refused": {}, "quota": null},
        {"name": "open-er-api", "kind": "table", "state": "backoff", "last_source_ts": "2026-10-30T00:00:01Z",
         "last_polled": "2026-10-30T00:03:00Z", "next_poll": "2026-10-30T15:20:00Z", "refused": {"html": 1},
         "quota": {"limit": 1500, "remaining": 1203}, "last_error": "answered HTML"}]})
}

pub(crate) fn root() -> Value {
    json!({"name": "fx-monitor", "version": "0.1.0", "uptime_s": 61, "feeds": ["kraken"], "backends": {}, "links": {}})
}

pub(crate) fn health(status: &str) -> Value {
    json!({"status": status, "components": {
        "store": {"status": "ok", "since": "2026-10-30T14:59:00Z", "detail": "sqlite"},
        "kraken": {"status": status, "since": "2026-10-30T15:00:00Z", "detail": "no answer; starts again in 2s"}}})
}

pub(crate) fn alert(id: &str, states: &Value) -> Value {
    json!({"id": id, "name": "parity", "pairs": ["EURUSD", "GBPUSD"], "condition": {"kind": "above", "threshold": 1.1},
        "clear_threshold": 1.095, "severity": "critical", "states": states})
}

pub(crate) fn history() -> Value {
    let fired = json!({"id": "t2", "alert_id": "a1", "alert_name": "parity", "episode_id": "e1", "pair": "EURUSD",
        "from": "pending", "to": "firing", "source": "ecb", "source_ts": "2026-10-30T15:00:00Z",
        "at": "2026-11-02T08:00:00Z", "value": 1.1003, "threshold": 1.1, "severity": "critical",
        "message": "EURUSD 1.1003 is above 1.1, from ecb"});
    json!({"count": 2, "transitions": [fired, fired], "next_cursor": "more"})
}
