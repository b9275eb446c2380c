//! The real Elasticsearch, asked without anything of ours in between.

use fx_config::{IndexBackend, IndexSettings};
use reqwest::{Client, Method};
use serde_json::Value;

use crate::captured::{Captured, PREFIX};

/// Settings of an index on that server behind this prefix.
pub(crate) fn settings(url: String, prefix: String) -> IndexSettings {
    let mut settings = IndexSettings { backend: IndexBackend::Elasticsearch, ..IndexSettings::default() };
    (settings.elasticsearch.url, settings.elasticsearch.prefix) = (url, prefix);
    settings
}

/// A prefix that nothing else has.
pub(crate) fn fresh() -> String {
    format!("{}-", fx_testkit::unique())
}

pub(crate) struct Server {
    http: Client,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn shared() -> Self {
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { http, url: format!("http://{}", fx_testkit::elasticsearch::shared()) }
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method, format!("{}/{path}", self.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("the server answers").json().await.expect("JSON")
    }

    /// Sends what was captured, one after the other, to indices behind this prefix.
    pub(crate) async fn replay(&self, requests: impl Iterator<Item = &Captured>, prefix: &str) {
        for Captured { method, path, body } in requests {
            let url = format!("{}{}", self.url, path.replacen(PREFIX, prefix, 1));
            // The body of what makes an index names its alias; documents name nothing.
            let body = if *method == Method::PUT {
                String::from_utf8_lossy(body).replace(PREFIX, prefix).into_bytes()
            } else {
                body.clone()
            };
            let request = self.http.request(method.clone(), url).header("content-type", "application/json").body(body);
            let answer = request.send().await.expect("the server answers");
            let status = answer.status();
            let text = answer.bytes().await.expect("an answer");
            assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&text));
        }
    }

    /// How many documents a search finds now.
    pub(crate) async fn searchable(&self, alias: &str) -> u64 {
        let path =
            format!("{alias}/_search?size=0&track_total_hits=true&ignore_unavailable=true&allow_no_indices=true");
        let answer = self.ask(Method::GET, &path, None).await;
        answer["hits"]["total"]["value"].as_u64().unwrap_or(0)
    }

    /// The same when everything that was written has become searchable.
    pub(crate) async fn documents(&self, alias: &str) -> u64 {
        self.ask(Method::POST, &format!("{alias}/_refresh"), None).await;
        self.searchable(alias).await
    }

    /// Removes what stands behind this prefix, so that nothing of it keeps the server busy.
    pub(crate) async fn remove(&self, prefix: &str) {
        let indices = self.ask(Method::GET, &format!("{prefix}*"), None).await;
        for index in indices.as_object().into_iter().flat_map(|indices| indices.keys()) {
            self.ask(Method::DELETE, index, None).await;
        }
        self.ask(Method::DELETE, &format!("_index_template/{prefix}*"), None).await;
    }
}
