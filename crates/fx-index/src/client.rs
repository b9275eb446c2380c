//! Requests to the server and their answers.

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use elasticsearch::auth::Credentials;
use elasticsearch::cert::{Certificate, CertificateValidation};
use elasticsearch::http::Method;
use elasticsearch::http::headers::HeaderMap;
use elasticsearch::http::transport::{SingleNodeConnectionPool, Transport, TransportBuilder};
use fx_config::ElasticsearchSettings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::{IndexError, this_machine};

/// How much of what the server says is told on.
const LONGEST_REASON: usize = 500;

/// The way to the server.
pub(crate) struct Client {
    transport: Transport,
    server: String,
    request_timeout: Duration,
}

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) fn try_new(settings: &ElasticsearchSettings) -> Result<Self, IndexError> {
        let server = settings.url.clone();
        let failed = |reason: String| IndexError::Unavailable { server: server.clone(), reason };
        let url = Url::parse(&settings.url).map_err(|error| failed(error.to_string()))?;
        let is_encrypted = url.scheme() == "https";
        let mut builder = TransportBuilder::new(SingleNodeConnectionPool::new(url)).timeout(settings.request_timeout);
        if this_machine::is_meant(&settings.url) {
            builder = builder.disable_proxy();
        }
        if let Some(credentials) = credentials(settings) {
            builder = builder.auth(credentials);
        }
        if is_encrypted && let Some(trusted) = trusted(settings).map_err(failed)? {
            builder = builder.cert_validation(CertificateValidation::Full(trusted));
        }
        let transport = builder.build().map_err(|error| failed(error.to_string()))?;
        Ok(Self { transport, server, request_timeout: settings.request_timeout })
    }

    /// How long the server may take for a request, so that it is the one who says that it did not manage.
    pub(crate) fn patience(&self) -> String {
        format!("{}ms", self.request_timeout.as_millis() / 2)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, IndexError> {
        self.send(Method::Get, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Bytes) -> Result<Answer, IndexError> {
        self.send(Method::Post, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Answer, IndexError> {
        self.send(Method::Put, path, Some(body.to_string().into())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, IndexError> {
        self.send(Method::Delete, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Answer, IndexError> {
        let ask = async {
            let response = self.transport.send(method, path, HeaderMap::new(), None::<&()>, body, None).await?;
            let status = response.status_code().as_u16();
            Ok(Answer { status, body: response.bytes().await? })
        };
        ask.await.map_err(|error: elasticsearch::Error| self.failed(&whole(&error)))
    }

    /// An error that says what went wrong with this server.
    pub(crate) fn failed(&self, reason: &str) -> IndexError {
        IndexError::Unavailable { server: self.server.clone(), reason: reason.to_owned() }
    }

    pub(crate) fn foreign(&self, what: String) -> IndexError {
        IndexError::Foreign { server: self.server.clone(), what }
    }

    /// The body of an answer that says yes.
    pub(crate) fn well<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, IndexError> {
        let answer = self.accepted(answer)?;
        serde_json::from_slice(&answer.body).map_err(|error| self.failed(&format!("unreadable answer: {error}")))
    }

    /// The answer, where it says yes.
    pub(crate) fn accepted<'a>(&self, answer: &'a Answer) -> Result<&'a Answer, IndexError> {
        if answer.is_well() { Ok(answer) } else { Err(self.failed(&answer.reason())) }
    }
}

#[derive(Deserialize)]
struct Refusal {
    error: Cause,
}

#[derive(Deserialize)]
struct Cause {
    r#type: String,
    #[serde(default)]
    reason: Option<String>,
}

impl Answer {
    pub(crate) fn is_well(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the server refuses with an error of this type.
    pub(crate) fn is_error(&self, kind: &str) -> bool {
        serde_json::from_slice::<Refusal>(&self.body).is_ok_and(|refusal| refusal.error.r#type == kind)
    }

    /// What the server said, in short.
    pub(crate) fn reason(&self) -> String {
        let said = match serde_json::from_slice::<Refusal>(&self.body) {
            Ok(Refusal { error }) => format!("{}: {}", error.r#type, error.reason.unwrap_or_default()),
            Err(_) => String::from_utf8_lossy(&self.body).into_owned(),
        };
        format!("{} {}", self.status, cut(&said))
    }
}

/// A text, cut where it is long.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(LONGEST_REASON).collect()
}

/// An error with all that is behind it: the outermost says little.
fn whole(error: &elasticsearch::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let further = error.to_string();
        if !text.contains(&further) {
            text = format!("{text}: {further}");
        }
        cause = error.source();
    }
    cut(&text)
}

fn credentials(settings: &ElasticsearchSettings) -> Option<Credentials> {
    match (&settings.api_key, &settings.user, &settings.password) {
        (Some(key), _, _) => Some(Credentials::EncodedApiKey(key.expose().to_owned())),
        (None, Some(user), Some(password)) => Some(Credentials::Basic(user.clone(), password.expose().to_owned())),
        _ => None,
    }
}

/// The authorities of the settings, else those of the system.
fn trusted(settings: &ElasticsearchSettings) -> Result<Option<Certificate>, String> {
    if let Some(pem) = &settings.tls.ca {
        return Certificate::from_pem(pem.as_bytes()).map(Some).map_err(|error| format!("tls.ca_file: {error}"));
    }
    let mut all: Option<Certificate> = None;
    for certificate in rustls_native_certs::load_native_certs().certs {
        // One that cannot be read vouches for nobody.
        let Ok(certificate) = Certificate::from_der(&certificate) else { continue };
        match &mut all {
            Some(all) => all.append(certificate),
            None => all = Some(certificate),
        }
    }
    Ok(all)
}
