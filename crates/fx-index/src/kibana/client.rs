//! Requests to Kibana.

use std::error::Error;
use std::time::Duration;

use fx_config::KibanaSettings;
use reqwest::header::{AUTHORIZATION, HeaderValue, LOCATION};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, RequestBuilder, StatusCode};
use serde_json::Value;

use super::error::KibanaError;
use crate::this_machine;

/// Kibana reads the name of the file before the file.
const FILE_NAME: &str = "fx-monitor.ndjson";

/// How much of an answer is told that is no JSON.
const TOLD: usize = 200;

/// A Kibana, asked as the settings say.
pub(super) struct Client<'a> {
    http: reqwest::Client,
    settings: &'a KibanaSettings,
    key: Option<HeaderValue>,
}

/// What a request came to.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Null where the body is no JSON.
    pub(super) json: Value,
    why: String,
}

impl Answer {
    /// What is said against the request.
    pub(super) fn why(self) -> String {
        self.why
    }

    /// Whether the same request may be answered better later.
    pub(super) fn is_for_now(&self) -> bool {
        matches!(self.status.as_u16(), 429 | 502 | 503 | 504)
    }
}

impl<'a> Client<'a> {
    pub(super) fn try_new(settings: &'a KibanaSettings) -> Result<Self, KibanaError> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("fx-monitor/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_mins(1))
            // An answer that leads elsewhere would turn an import into the reading of a page.
            .redirect(Policy::none());
        let builder = trusting(builder, settings)?;
        let builder = if this_machine::is_meant(&settings.url) { builder.no_proxy() } else { builder };
        let http = builder.build().map_err(|source| KibanaError::Http { url: settings.url.clone(), source })?;
        Ok(Self { http, settings, key: key(settings)? })
    }

    /// Where it is.
    pub(super) fn url(&self) -> String {
        self.settings.url.clone()
    }

    /// What it says of itself.
    pub(super) async fn status(&self) -> Result<Answer, reqwest::Error> {
        let url = format!("{}/api/status", self.base());
        self.send(self.http.get(url)).await
    }

    /// Imports `ndjson` over what has the same ids.
    pub(super) async fn import(&self, ndjson: &str) -> Result<Answer, reqwest::Error> {
        let space = match self.settings.space.as_str() {
            "default" => String::new(),
            space => format!("/s/{space}"),
        };
        let url = format!("{}{space}/api/saved_objects/_import?overwrite=true", self.base());
        let file = Part::text(ndjson.to_owned()).file_name(FILE_NAME);
        let request = self.http.post(url).header("kbn-xsrf", "fx-monitor").multipart(Form::new().part("file", file));
        self.send(request).await
    }

    fn base(&self) -> &str {
        self.settings.url.trim_end_matches('/')
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = self.with_access(request).send().await?;
        let status = response.status();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let text = response.text().await?;
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let why = match (location, json["message"].as_str()) {
            (Some(location), _) => format!("it leads to {location}; url must end with the base path where it has one"),
            (None, Some(message)) => message.to_owned(),
            (None, None) => text.chars().take(TOLD).collect(),
        };
        Ok(Answer { status, json, why })
    }

    fn with_access(&self, request: RequestBuilder) -> RequestBuilder {
        let KibanaSettings { user, password, .. } = self.settings;
        if let Some(key) = &self.key {
            return request.header(AUTHORIZATION, key);
        }
        match (user, password) {
            (Some(user), Some(password)) => request.basic_auth(user, Some(password.expose())),
            _ => request,
        }
    }
}

/// The header that carries the API key, where there is one.
fn key(settings: &KibanaSettings) -> Result<Option<HeaderValue>, KibanaError> {
    let Some(key) = &settings.api_key else { return Ok(None) };
    let mut value = HeaderValue::from_str(&format!("ApiKey {}", key.expose())).map_err(|_| KibanaError::Key)?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Trusts the authorities of the settings alone, or else those of the system.
fn trusting(builder: ClientBuilder, settings: &KibanaSettings) -> Result<ClientBuilder, KibanaError> {
    let certificates = match &settings.tls.ca {
        Some(pem) => Certificate::from_pem_bundle(pem.as_bytes())
            .map_err(|error| KibanaError::Authority(format!("holds no certificate: {error}")))?,
        None if settings.url.starts_with("https:") => {
            let found = rustls_native_certs::load_native_certs().certs;
            found.iter().filter_map(|certificate| Certificate::from_der(certificate).ok()).collect()
        }
        None => Vec::new(),
    };
    let builder = builder.tls_built_in_root_certs(false);
    Ok(certificates.into_iter().fold(builder, ClientBuilder::add_root_certificate))
}

/// What is wrong with the certificate, where that is what went wrong.
pub(super) fn distrust(error: &reqwest::Error) -> Option<String> {
    causes(error).into_iter().find(|cause| cause.starts_with("invalid peer certificate"))
}

/// The innermost cause, which is the only one that says something.
pub(super) fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it does not answer".to_owned();
    }
    causes(error).pop().unwrap_or_else(|| error.to_string())
}

fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut next = error.source();
    std::iter::from_fn(|| {
        let cause = next?;
        next = cause.source();
        Some(cause.to_string())
    })
    .collect()
}
