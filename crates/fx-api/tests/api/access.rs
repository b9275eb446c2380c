//! Who is let in, with what, and how often.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use fx_api::{KeyFile, KeyWish, Rate, Scope};
use salvo::test::{RequestBuilder, TestClient};
use tempfile::TempDir;

use crate::fixture::{Answer, Fixture, NOW, address, at};

/// A service that asks for keys.
pub(crate) struct Guarded {
    pub(crate) fixture: Fixture,
    pub(crate) file: PathBuf,
    _folder: TempDir,
}

/// Makes a key in the file.
pub(crate) fn issue(file: &Path, name: &str, scope: Scope, rate: Option<(&str, u32)>) -> String {
    let (rate, burst) = rate.unzip();
    let rate = rate.map(|rate| rate.parse::<Rate>().expect("a rate"));
    let burst = burst.map(|burst| burst.try_into().expect("not 0"));
    let wish = KeyWish { name: name.parse().expect("a name"), scope, rate, burst };
    KeyFile::issue(file, wish, at(NOW)).expect("made").1.expose().to_owned()
}

impl Guarded {
    /// With a key of each scope.
    pub(crate) fn new() -> (Self, [String; 3]) {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("keys.toml");
        let keys = [("desk", Scope::Read), ("bot", Scope::Write), ("boss", Scope::Admin)];
        let keys = keys.map(|(name, scope)| issue(&file, name, scope, None));
        let fixture = Fixture::with(|context| {
            context.settings.keys_file = Some(file.clone());
            context.settings.requests_per_address = 3;
        });
        (Self { fixture, file, _folder: folder }, keys)
    }

    async fn ask(&self, request: RequestBuilder, key: &str) -> Answer {
        self.fixture.send(request.bearer_auth(key)).await
    }
}

fn json(request: RequestBuilder, body: &str) -> RequestBuilder {
    request.add_header("content-type", "application/json", true).body(body.to_owned())
}

const RULE: &str = r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#;

#[tokio::test]
async fn without_a_key_there_is_only_health_and_files() {
    let (guarded, _) = Guarded::new();
    for path in ["/health/live", "/dashboard", "/dashboard/assets/main.js", "/docs", "/openapi.json"] {
        assert_eq!(guarded.fixture.get(path).await.status, 200, "{path}");
    }
    for path in ["/", "/rates", "/rates/EURUSD", "/alerts", "/channels", "/feeds", "/stream", "/metrics"] {
        let answer = guarded.fixture.get(path).await;
        assert_eq!(answer.problem(401), "an API key is needed, in the header `Authorization: Bearer KEY`", "{path}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(guarded.fixture.get("/nowhere").await.status, 404);
    let answer = guarded.fixture.send(json(TestClient::post(address("/alerts")), RULE)).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn each_scope_includes_those_before_it() {
    let (guarded, [read, write, admin]) = Guarded::new();
    let list = || TestClient::get(address("/alerts"));
    let create = || json(TestClient::post(address("/alerts")), RULE);
    let channel = r#"{"name":"log","kind":"file","path":"alerts.ndjson"}"#;
    let channel = || json(TestClient::post(address("/channels")), channel);
    for (key, seen) in [(&read, [200, 403, 403]), (&write, [200, 201, 403]), (&admin, [200, 201, 201])] {
        let answers =
            [guarded.ask(list(), key).await, guarded.ask(create(), key).await, guarded.ask(channel(), key).await];
        assert_eq!(answers.each_ref().map(|answer| answer.status), seen, "{}", answers[2].body);
    }
    let refused = guarded.ask(create(), &read).await;
    assert_eq!(refused.problem(403), "the API key has the scope read, and this needs write");
    assert_eq!(refused.header("www-authenticate"), "Bearer error=\"insufficient_scope\", scope=\"write\"");
    let tried = r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"from":"2026-10-01","to":"2026-10-02"}"#;
    let tried = guarded.ask(json(TestClient::post(address("/alerts/backtest")), tried), &read).await;
    assert!(![401, 403].contains(&tried.status), "trying a rule changes nothing: {}", tried.body);
}

#[tokio::test]
async fn what_is_no_key_is_refused_and_never_said_again() {
    let (guarded, [key, ..]) = Guarded::new();
    let ask = |value: String| TestClient::get(address("/rates")).add_header("authorization", value, true);
    for (value, detail) in [
        (format!("Bearer {key}x"), "the API key is not known, it may have been revoked"),
        ("Bearer fxk_sesame".to_owned(), "the API key is not known, it may have been revoked"),
        (key.clone(), "the header Authorization has no API key, expected `Bearer KEY`, once"),
        ("Basic c2VzYW1l".to_owned(), "the header Authorization has no API key, expected `Bearer KEY`, once"),
    ] {
        let answer = guarded.fixture.send(ask(value)).await;
        assert_eq!(answer.problem(401), detail);
        assert!(answer.header("www-authenticate").starts_with("Bearer error=\"invalid_"));
    }
    let counted = guarded.fixture.context.metrics.render();
    for reason in ["unknown_key", "no_bearer"] {
        assert!(counted.contains(&format!("fx_api_refusals_total{{reason=\"{reason}\"}}")), "{counted}");
    }
    assert_eq!(guarded.fixture.send(ask(format!("bearer {key}"))).await.status, 200);
}

#[tokio::test]
async fn a_key_has_its_rate() {
    let (guarded, _) = Guarded::new();
    let slow = issue(&guarded.file, "slow", Scope::Read, Some(("1/m", 2)));
    let guarded = Fixture::with(|context| context.settings.keys_file = Some(guarded.file.clone()));
    let ask = || guarded.send(TestClient::get(address("/currencies")).bearer_auth(&slow));
    assert_eq!([ask().await.status, ask().await.status], [200, 200]);
    let refused = ask().await;
    assert!(refused.problem(429).starts_with("the API key sends more than it may, try again in "));
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
}

/// A request from somewhere else.
async fn from(guarded: &Guarded, peer: &str, path: &str, key: Option<&str>) -> u16 {
    let mut request = TestClient::get(address(path));
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let mut request = request.build();
    *request.remote_addr_mut() = peer.parse::<SocketAddr>().expect("an address").into();
    let answer = guarded.fixture.service.handle(request).await;
    answer.status_code.map_or(0, |status| status.as_u16())
}

#[tokio::test]
async fn an_address_that_guesses_is_slowed_down_and_nobody_else() {
    let (guarded, [key, ..]) = Guarded::new();
    let slowed_down = async |path: &str, key: Option<&str>| {
        let mut seen = Vec::new();
        while seen.last() != Some(&429) && seen.len() < 1000 {
            seen.push(from(&guarded, "192.0.2.1:1", path, key).await);
        }
        seen
    };
    let seen = slowed_down("/rates", Some("fxk_guess")).await;
    assert!(seen.len() > 30 && seen[..seen.len() - 1].iter().all(|status| *status == 401), "{seen:?}");
    let seen = slowed_down("/dashboard", None).await;
    assert!(seen.len() < 30 && seen.last() == Some(&429), "files count as well: {seen:?}");
    assert_eq!(from(&guarded, "192.0.2.1:1", "/health/live", None).await, 200);
    assert_eq!(from(&guarded, "192.0.2.2:1", "/rates", None).await, 401);
    assert_eq!(from(&guarded, "192.0.2.1:1", "/rates", Some(&key)).await, 200, "who has a key is not held up by it");
}

#[tokio::test]
async fn without_keys_this_machine_has_no_limit() {
    let fixture = Fixture::with(|context| context.settings.requests_per_address = 1);
    for _ in 0..100 {
        assert_eq!(fixture.get("/currencies").await.status, 200);
    }
    assert_eq!(fixture.send(TestClient::get(address("/currencies")).bearer_auth("whatever")).await.status, 200);
}

#[tokio::test]
async fn a_page_from_elsewhere_reads_why_it_is_refused() {
    let (guarded, _) = Guarded::new();
    let origin = "https://desk.example";
    let open = Fixture::with(|context| {
        context.settings.keys_file = Some(guarded.file.clone());
        context.settings.cors_origins = vec![origin.to_owned()];
    });
    let preflight = TestClient::options(address("/rates")).add_header("origin", origin, true);
    let preflight = open.send(preflight.add_header("access-control-request-method", "GET", true)).await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-headers").contains("authorization"));
    let refused = open.send(TestClient::get(address("/rates")).add_header("origin", origin, true)).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, origin));
}

#[tokio::test]
async fn pages_of_others_change_nothing() {
    let fixture = Fixture::empty();
    let post = |origin: &str| {
        let id = "0192a3b4-0000-7000-8000-000000000000";
        TestClient::post(address(&format!("/alerts/{id}/resume"))).add_header("origin", origin, true)
    };
    let refused = fixture.send(post("https://evil.example")).await;
    assert_eq!(
        refused.problem(403),
        "pages of `https://evil.example` may change nothing here, [api] cors_origins lists which may"
    );
    assert_eq!(fixture.send(post("null")).await.status, 403);
    let own = post("http://127.0.0.1:8000").add_header("host", "127.0.0.1:8000", true);
    assert_eq!(fixture.send(own).await.status, 404, "there is no such alert");
}
