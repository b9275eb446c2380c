//! The REST API, as a test asks it.

use std::time::Instant;

use serde_json::Value;

use super::{PATIENCE, look_again};

/// A service's address, and a client.
pub(crate) struct Api {
    url: String,
    client: reqwest::blocking::Client,
}

impl Api {
    pub(crate) fn new(url: String) -> Self {
        Self { url, client: reqwest::blocking::Client::new() }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether it answers that every part has passed its first check and none is down.
    pub(crate) fn is_ready(&self) -> bool {
        let health =
            self.client.get(format!("{}/health", self.url)).send().and_then(reqwest::blocking::Response::json::<Value>);
        let is_starting = |health: &Value| {
            health["components"].as_object().is_none_or(|parts| parts.values().any(|part| part["detail"] == "starting"))
        };
        health.is_ok_and(|health| health["status"] != "down" && !is_starting(&health))
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

    /// The same, or nothing where there is no good answer.
    pub(crate) fn try_text(&self, path: &str) -> Option<String> {
        let response = self.client.get(format!("{}{path}", self.url)).send().ok()?;
        response.error_for_status().ok()?.text().ok()
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
}
