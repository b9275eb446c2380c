//! Waiting for Kibana: a service that has started may still take minutes until it answers.

use std::time::Duration;

use fx_config::format_span;
use serde_json::Value;
use tokio::time::Instant;

use super::client::{Answer, Client, cause, distrust};
use super::error::KibanaError;

/// How often it is asked.
const PERIOD: Duration = Duration::from_secs(2);

/// How long a Kibana may be degraded before it is taken as it is.
const GRACE: Duration = Duration::from_secs(30);

/// The oldest Kibana that knows the versions of our objects.
const OLDEST: (u32, u32) = (8, 14);

/// Until when is waited, what was last said against going on, and who hears of it.
pub(super) struct Patience<'a> {
    begun: Instant,
    limit: Duration,
    why: String,
    heard: &'a (dyn Fn(&str) + Sync),
}

impl<'a> Patience<'a> {
    pub(super) fn new(limit: Duration, heard: &'a (dyn Fn(&str) + Sync)) -> Self {
        Self { begun: Instant::now(), limit, why: String::new(), heard }
    }

    /// Waits until the next try.
    ///
    /// # Errors
    /// There was time enough.
    pub(super) async fn wait(&mut self, client: &Client<'_>, why: String) -> Result<(), KibanaError> {
        let is_new = std::mem::replace(&mut self.why, why) != self.why;
        let left = self.limit.saturating_sub(self.begun.elapsed());
        if left.is_zero() {
            let (url, patience) = (client.url(), format_span(self.limit));
            return Err(KibanaError::NotAvailable { url, patience, why: self.why.clone() });
        }
        if is_new {
            (self.heard)(&self.why);
        }
        tokio::time::sleep(PERIOD.min(left)).await;
        Ok(())
    }

    /// Waits where the connection may be better later.
    pub(super) async fn wait_for(&mut self, client: &Client<'_>, error: reqwest::Error) -> Result<(), KibanaError> {
        if let Some(why) = distrust(&error) {
            return Err(KibanaError::NotTrusted { url: client.url(), why });
        }
        if error.is_builder() || error.is_decode() {
            return Err(KibanaError::Http { url: client.url(), source: error.without_url() });
        }
        self.wait(client, cause(&error)).await
    }
}

/// Waits until it says that it is available, and gives its version, which it tells only those whom it knows.
pub(super) async fn ready(client: &Client<'_>, patience: &mut Patience<'_>) -> Result<Option<String>, KibanaError> {
    loop {
        match client.status().await {
            Err(error) => patience.wait_for(client, error).await?,
            Ok(answer) => match judged(answer, client.url(), patience.begun.elapsed())? {
                Judged::Ready(version) => return checked(version),
                Judged::NotYet(why) => patience.wait(client, why).await?,
            },
        }
    }
}

enum Judged {
    Ready(Option<String>),
    NotYet(String),
}

fn judged(answer: Answer, url: String, waited: Duration) -> Result<Judged, KibanaError> {
    let status = answer.status.as_u16();
    let level = answer.json["status"]["overall"]["level"].as_str().map(str::to_owned);
    match (status, level.as_deref()) {
        (200, Some("available")) => Ok(Judged::Ready(version(&answer.json))),
        (200, Some("degraded")) if waited >= GRACE => Ok(Judged::Ready(version(&answer.json))),
        (200 | 503, Some(level)) => Ok(Judged::NotYet(format!("it says that it is {level}"))),
        _ if answer.is_for_now() => Ok(Judged::NotYet(format!("it answers {status}: {}", answer.why()))),
        (401 | 403, _) => Err(KibanaError::Forbidden { url, status, why: answer.why() }),
        _ => {
            let why = format!("/api/status answers {status}: {}", answer.why());
            Err(KibanaError::NotKibana { url, why })
        }
    }
}

fn version(status: &Value) -> Option<String> {
    status["version"]["number"].as_str().map(str::to_owned)
}

fn checked(version: Option<String>) -> Result<Option<String>, KibanaError> {
    let mut numbers = version.iter().flat_map(|version| version.split('.')).map_while(|part| part.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if (major, minor) < OLDEST => Err(KibanaError::TooOld(version.unwrap_or_default())),
        _ => Ok(version),
    }
}
