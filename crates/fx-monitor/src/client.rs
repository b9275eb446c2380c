//! The REST API as a command sees it: a JSON document, or one clear line of what went wrong.

mod problem;

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use fx_config::Secret;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;

/// What a request asks for beside its path; a parameter without a value is left out.
pub(crate) type Query<'a> = [(&'a str, Option<String>)];

/// How long an answer may take that is long to find.
const LONG: Duration = Duration::from_mins(10);

/// A client of one service.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
}

impl Client {
    /// Of the service at `base`, with the key that stands in `key_file`, where one is named.
    pub(crate) fn new(base: &Url, key_file: Option<&Path>) -> Result<Self> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("fx-monitor/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30));
        if is_this_machine(base) {
            http = http.no_proxy();
        } else if key_file.is_some() && base.scheme() == "http" {
            return Err(anyhow!("{base} would be sent the key in the clear; use https"));
        }
        if let Some(file) = key_file {
            http = http.default_headers([(AUTHORIZATION, bearer(file)?)].into_iter().collect());
        }
        Ok(Self { http: http.build().context("no HTTP client")?, base: base.clone() })
    }

    /// The document at `path`.
    pub(crate) async fn get(&self, path: &[&str], query: &Query<'_>) -> Result<Value> {
        let given: Vec<_> = query.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).collect();
        let response = self.send(self.request(Method::GET, path).query(&given)).await?;
        document(response, StatusCode::is_success).await
    }

    /// The health of the service, which it tells with an error status where it is down.
    pub(crate) async fn health(&self) -> Result<Value> {
        let response = self.send(self.request(Method::GET, &["health"])).await?;
        document(response, |status| status.is_success() || *status == StatusCode::SERVICE_UNAVAILABLE).await
    }

    /// What the service made of `body`, which is JSON.
    pub(crate) async fn post(&self, path: &[&str], body: Vec<u8>) -> Result<Value> {
        document(self.send(self.json(path, body)).await?, StatusCode::is_success).await
    }

    /// The same for what takes its time.
    pub(crate) async fn post_long(&self, path: &[&str], body: Vec<u8>) -> Result<Value> {
        document(self.send(self.json(path, body).timeout(LONG)).await?, StatusCode::is_success).await
    }

    fn json(&self, path: &[&str], body: Vec<u8>) -> RequestBuilder {
        self.request(Method::POST, path).header(CONTENT_TYPE, "application/json").body(body)
    }

    /// The document at `path`, with its version where it has one.
    pub(crate) async fn get_tagged(&self, path: &[&str]) -> Result<(Value, Option<String>)> {
        let response = self.send(self.request(Method::GET, path)).await?;
        let version = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        Ok((document(response, StatusCode::is_success).await?, version))
    }

    /// Changes what stands at `path`, where it is still of that version.
    pub(crate) async fn patch(&self, path: &[&str], body: &Value, version: Option<&str>) -> Result<Value> {
        let mut request = self.request(Method::PATCH, path).json(body);
        if let Some(version) = version {
            request = request.header(IF_MATCH, version);
        }
        document(self.send(request).await?, StatusCode::is_success).await
    }

    pub(crate) async fn delete(&self, path: &[&str]) -> Result<()> {
        let response = self.send(self.request(Method::DELETE, path)).await?;
        if response.status().is_success() {
            return Ok(());
        }
        document(response, |_| false).await.map(drop)
    }

    /// Every item of a list over its pages, up to `limit`, in one document with `count` and `list`.
    pub(crate) async fn all(&self, path: &[&str], list: &str, query: &Query<'_>, limit: usize) -> Result<Value> {
        let mut items = Vec::new();
        let mut cursor = None;
        loop {
            let mut query = query.to_vec();
            query.push(("cursor", cursor.take()));
            let mut page = self.get(path, &query).await?;
            match page[list].take() {
                Value::Array(more) => items.extend(more),
                _ => return Err(anyhow!("the answer has no list {list:?}; is {} an fx-monitor?", self.base)),
            }
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() || items.len() >= limit {
                break;
            }
        }
        items.truncate(limit);
        Ok(serde_json::json!({"count": items.len(), list: items}))
    }

    /// Segments are encoded one by one, so that an id cannot become another path.
    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        self.http.request(method, url)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        request.send().await.map_err(|error| {
            if error.is_connect() {
                anyhow!(
                    "no service answers at {}; start one with `fx-monitor up`, or name another with --url",
                    self.base
                )
            } else if error.is_timeout() {
                anyhow!("{} did not answer in time", self.base)
            } else {
                anyhow::Error::new(error.without_url()).context(format!("{} could not be asked", self.base))
            }
        })
    }
}

async fn document(response: Response, is_wanted: impl Fn(&StatusCode) -> bool) -> Result<Value> {
    let (status, url) = (response.status(), response.url().clone());
    let body = response.bytes().await.map_err(|error| anyhow!("{url} broke off: {}", error.without_url()))?;
    let json = serde_json::from_slice(&body);
    if !is_wanted(&status) {
        let line = problem::line(status, &url, json.ok().as_ref());
        let needs_key = status == StatusCode::UNAUTHORIZED;
        return Err(if needs_key { anyhow!("{line}; --key-file names the file that holds one") } else { line });
    }
    json.map_err(|_| anyhow!("{url} answers {status} with something that is no JSON; is it an fx-monitor?"))
}

/// What the header says of the key.
fn bearer(file: &Path) -> Result<HeaderValue> {
    let key = Secret::read(file).map_err(|problem| anyhow!("--key-file: {problem}"))?;
    let header = HeaderValue::try_from(format!("Bearer {}", key.expose()));
    let mut header = header.map_err(|_| anyhow!("--key-file: the first line of {} is no key", file.display()))?;
    header.set_sensitive(true);
    Ok(header)
}

/// Whether `url` is on this machine: no proxy can reach it there.
fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
