//! A POST, signed as Standard Webhooks 1.0 wants it.

use std::sync::Arc;
use std::time::Duration;

use fx_config::{AllowedNetworks, DeliverySettings, Forbidden, Secret, TargetError};
use fx_domain::clock::Timestamp;
use fx_service::http::{retry_after, root_cause};
use fx_store::delivery::Secrets;
use reqwest::dns::Resolve;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook, WebhookError};
use uuid::Uuid;

use super::guard::GuardedResolver;
use super::refusal::{Answer, Reason, Refusal, Then};

const USER_AGENT: &str = concat!("fx-monitor/", env!("CARGO_PKG_VERSION"));

/// Of an answer, so much is read so that the connection may serve again.
const LONGEST_ANSWER_BYTES: u64 = 64 << 10;

/// Sends webhooks to where that is permitted.
pub(super) struct Webhooks {
    client: Client,
    allowed: Arc<AllowedNetworks>,
    timeout: Duration,
}

/// What is sent.
pub(super) struct Request<'a> {
    pub(super) id: Uuid,
    pub(super) url: &'a str,
    pub(super) secrets: &'a Secrets,
    pub(super) body: String,
}

impl Webhooks {
    pub(super) fn try_new(settings: &DeliverySettings, resolver: Arc<dyn Resolve>) -> reqwest::Result<Self> {
        let allowed = Arc::new(settings.allow_private_targets.clone());
        let guarded = GuardedResolver { allowed: Arc::clone(&allowed), inner: resolver };
        let further = settings.tls.ca.as_deref().unwrap_or_default();
        let further = Certificate::from_pem_bundle(further.as_bytes())?;
        let client = Client::builder()
            .dns_resolver(Arc::new(guarded))
            // Another place may be one that is not sent to, and a proxy would connect where nobody looks.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(USER_AGENT)
            .timeout(settings.timeout);
        let client = further.into_iter().fold(client, ClientBuilder::add_root_certificate).build()?;
        Ok(Self { client, allowed, timeout: settings.timeout })
    }

    pub(super) async fn send(&self, request: Request<'_>, now: Timestamp) -> Answer {
        let url = self.allowed.target(request.url).map_err(|error| not_sent_to(&error))?;
        let signatures = signatures(&request, now).map_err(|error| Refusal {
            then: Then::GiveUp,
            ..Refusal::passing(Reason::Unusable, format!("cannot be signed: {error}"))
        })?;
        let mut post = self.client.post(url).header(CONTENT_TYPE, "application/json");
        post = post.header(HEADER_WEBHOOK_ID, request.id.to_string()).header(HEADER_WEBHOOK_TIMESTAMP, now.timestamp());
        if !signatures.is_empty() {
            post = post.header(HEADER_WEBHOOK_SIGNATURE, signatures);
        }
        let answer = post.body(request.body).send().await.map_err(|error| self.failure(&error))?;
        let outcome = judge(&answer, now);
        drain(answer).await;
        outcome
    }

    fn failure(&self, error: &reqwest::Error) -> Refusal {
        if error.is_timeout() {
            return Refusal::no_answer(self.timeout);
        }
        match forbidden(error) {
            Some(forbidden) => Refusal::passing(Reason::Forbidden, forbidden.to_string()),
            None => Refusal::passing(Reason::Unreachable, root_cause(error)),
        }
    }
}

/// One signature by each secret that is valid.
fn signatures(request: &Request<'_>, now: Timestamp) -> Result<String, WebhookError> {
    let sign = |secret: &Secret| {
        Webhook::new(secret.expose())?.sign(&request.id.to_string(), now.timestamp(), request.body.as_bytes())
    };
    let signatures: Vec<String> = request.secrets.valid_at(now).map(sign).collect::<Result<_, _>>()?;
    Ok(signatures.join(" "))
}

fn not_sent_to(error: &TargetError) -> Refusal {
    let (reason, then) = match error {
        // The operator may allow it yet.
        TargetError::Forbidden(_) => (Reason::Forbidden, Then::Again { after: None }),
        TargetError::NoUrl | TargetError::Password => (Reason::Unusable, Then::GiveUp),
    };
    Refusal { reason, code: None, error: error.to_string(), then }
}

/// Who refused to connect, where it was this guard.
fn forbidden(error: &reqwest::Error) -> Option<Forbidden> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(forbidden) = error.downcast_ref() {
            return Some(*forbidden);
        }
        cause = error.source();
    }
    None
}

/// 2xx alone is success.
fn judge(answer: &Response, now: Timestamp) -> Answer {
    let status = answer.status();
    let again = Then::Again { after: retry_after(answer.headers(), now) };
    let (reason, then, error) = match status.as_u16() {
        200..=299 => return Ok(Some(status.as_u16())),
        300..=399 => (Reason::Redirected, again, format!("answered {status}, and no redirect is followed")),
        410 => (Reason::Gone, Then::Disable, format!("answered {status}")),
        _ => (Reason::Refused, again, format!("answered {status}")),
    };
    Err(Refusal { reason, code: Some(status.as_u16()), error, then })
}

/// What the answer says beyond its status is of no use here, and shown to nobody.
async fn drain(answer: Response) {
    if answer.content_length().is_some_and(|length| length <= LONGEST_ANSWER_BYTES) {
        let _ = answer.bytes().await;
    }
}
