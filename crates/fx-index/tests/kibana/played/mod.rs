//! Kibana's HTTP API, as far as an import needs it: it refuses what Kibana refuses, in Kibana's words.

mod file;
mod store;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

pub(crate) use store::Stored;

/// What a Kibana is like.
#[derive(Clone, Default)]
pub(crate) struct Behaviour {
    /// How many requests it answers while it is still starting.
    pub(crate) starting: usize,
    /// The `Authorization` that it wants.
    pub(crate) access: Option<&'static str>,
    /// The version that it says it is.
    pub(crate) version: Option<&'static str>,
    /// What it says of itself, if not that it is available.
    pub(crate) level: Option<&'static str>,
    /// What it answers to any import.
    pub(crate) outcome: Option<Value>,
}

/// A Kibana with what it has stored.
pub(crate) struct Kibana {
    server: MockServer,
    pub(crate) stored: Arc<Mutex<Stored>>,
}

impl Kibana {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        let server = MockServer::start().await;
        let stored = Arc::new(Mutex::new(Stored::default()));
        let player = Player { behaviour, stored: Arc::clone(&stored), asked: AtomicUsize::new(0) };
        Mock::given(matchers::any()).respond_with(player).mount(&server).await;
        Self { server, stored }
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.stored.lock().expect("not poisoned").ids()
    }
}

struct Player {
    behaviour: Behaviour,
    stored: Arc<Mutex<Stored>>,
    asked: AtomicUsize,
}

impl Respond for Player {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let is_starting = self.asked.fetch_add(1, Ordering::Relaxed) < self.behaviour.starting;
        let path = request.url.path();
        match (path, is_starting) {
            ("/api/status", true) => status(503, "unavailable", None),
            (_, true) => ResponseTemplate::new(503)
                .insert_header("retry-after", "30")
                .set_body_string("Kibana server is not ready yet"),
            ("/api/status", false) => self.status(request),
            _ => self.import(request),
        }
    }
}

impl Player {
    fn status(&self, request: &Request) -> ResponseTemplate {
        let given = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        match (self.behaviour.access, given) {
            (Some(wanted), Some(given)) if wanted != given => refusal(401, "Unauthorized"),
            _ => {
                let version = self.behaviour.version.filter(|_| given == self.behaviour.access);
                status(200, self.behaviour.level.unwrap_or("available"), version)
            }
        }
    }

    fn import(&self, request: &Request) -> ResponseTemplate {
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        let (space, path) = spaced(request.url.path());
        if self.behaviour.access.is_some() && header("authorization") != self.behaviour.access {
            return refusal(401, "Unauthorized");
        }
        if !["default", "desk"].contains(&space) || path != "/api/saved_objects/_import" {
            return refusal(404, "Not Found");
        }
        if request.method.as_str() != "POST" {
            return refusal(404, "Not Found");
        }
        if header("kbn-version").is_some_and(|version| Some(version) != self.behaviour.version) {
            return refusal(400, "Browser client is out of date, please refresh the page");
        }
        if header("kbn-xsrf").is_none() && header("kbn-version").is_none() {
            return refusal(400, "Request must contain a kbn-xsrf header.");
        }
        if let Some(outcome) = &self.behaviour.outcome {
            return ResponseTemplate::new(200).set_body_json(outcome);
        }
        let overwrites = request.url.query_pairs().any(|(name, value)| name == "overwrite" && value == "true");
        let objects = match file::objects(header("content-type").unwrap_or_default(), &request.body) {
            Ok(objects) => objects,
            Err((code, message)) => return refusal(code, &message),
        };
        let outcome = self.stored.lock().expect("not poisoned").import(space, &objects, overwrites);
        ResponseTemplate::new(200).set_body_json(outcome)
    }
}

/// The space that a path is about, and the path in it.
fn spaced(path: &str) -> (&str, &str) {
    let in_space = path.strip_prefix("/s/").and_then(|rest| rest.find('/').map(|end| rest.split_at(end)));
    in_space.unwrap_or(("default", path))
}

fn status(code: u16, level: &str, version: Option<&str>) -> ResponseTemplate {
    let mut body = json!({"status": {"overall": {"level": level}}});
    if let Some(version) = version {
        body["version"] = json!({"number": version});
    }
    ResponseTemplate::new(code).set_body_json(body)
}

fn refusal(code: u16, message: &str) -> ResponseTemplate {
    let name = match code {
        400 => "Bad Request",
        401 => "Unauthorized",
        422 => "Unprocessable Entity",
        _ => "Not Found",
    };
    ResponseTemplate::new(code).set_body_json(json!({"statusCode": code, "error": name, "message": message}))
}
