//! One message through its channel.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fx_config::DeliverySettings;
use fx_domain::clock::Timestamp;
use fx_store::delivery::{DueDelivery, Target};
use lettre::address::AddressError;
use reqwest::dns::Resolve;

use super::email::{Letter, Mail};
use super::file::Files;
use super::refusal::{Answer, Reason, Refusal, Then};
use super::webhook::{Request, Webhooks};
use super::words::Words;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The client of webhooks cannot be made.
    #[error("webhooks cannot be sent: {0}")]
    Webhooks(#[from] reqwest::Error),
    /// The sender of mail is no address.
    #[error("delivery.smtp.from = {from:?} is no address such as fx-monitor@example.org: {error}")]
    From {
        /// As it was given.
        from: String,
        /// What is wrong with it.
        error: AddressError,
    },
    /// The mail server's certificate cannot be checked.
    #[error("mail cannot be sent: {0}")]
    Tls(lettre::transport::smtp::Error),
}

/// Everything by which messages go.
pub struct Senders {
    webhooks: Webhooks,
    mail: Option<Mail>,
    files: Files,
    timeout: Duration,
}

impl Senders {
    /// Webhooks to names that `resolver` resolves, mail where a server is set, files below `data_dir`.
    ///
    /// # Errors
    /// What the settings name cannot be used.
    pub fn try_new(
        settings: &DeliverySettings,
        data_dir: &Path,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, SenderError> {
        Ok(Self {
            webhooks: Webhooks::try_new(settings, resolver)?,
            mail: Mail::try_new(settings)?,
            files: Files::new(data_dir),
            timeout: settings.timeout,
        })
    }

    /// One attempt, which ends within the timeout.
    pub(super) async fn send(&self, due: &DueDelivery, now: Timestamp) -> Answer {
        match tokio::time::timeout(self.timeout, self.attempt(due, now)).await {
            Ok(answer) => answer,
            Err(_) => Err(Refusal::no_answer(self.timeout)),
        }
    }

    async fn attempt(&self, due: &DueDelivery, now: Timestamp) -> Answer {
        let words = Words { due };
        match &due.channel.target {
            Target::Webhook { url } => {
                let body = words.json().map_err(|error| unusable(&error))?;
                let request = Request { id: due.delivery.id, url, secrets: &due.channel.secrets, body };
                self.webhooks.send(request, now).await
            }
            Target::File { path } => self.files.append(path, words.line().map_err(|error| unusable(&error))?).await,
            Target::Email { to } => {
                let Some(mail) = &self.mail else {
                    return Err(Refusal::passing(
                        Reason::Unusable,
                        "no mail server is set; delivery.smtp.host names it",
                    ));
                };
                let episode = due.transitions.last().and_then(|last| last.episode_id);
                let (subject, text) = (words.subject(), words.text());
                mail.send(&Letter { id: due.delivery.id, episode, to, subject, text }, now).await
            }
        }
    }
}

fn unusable(error: &serde_json::Error) -> Refusal {
    Refusal { reason: Reason::Unusable, code: None, error: error.to_string(), then: Then::GiveUp }
}
