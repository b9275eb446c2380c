//! One attempt and what follows from it.

use chrono::TimeDelta;
use fx_domain::clock::Timestamp;
use fx_domain::delivery::Attempt;
use fx_service::{HealthHandle, Retry, Shutdown};
use fx_store::delivery::{DueDelivery, Outcome};
use tokio::time::Instant;

use super::refusal::{Refusal, Then};
use super::target::Place;
use super::{Office, schedule};
use crate::metrics;

/// What has ended.
pub(super) struct Ended {
    pub(super) place: Place,
    pub(super) channel: String,
    /// What went wrong and is tried again.
    pub(super) trouble: Option<String>,
    /// When.
    pub(super) next: Option<Timestamp>,
}

/// Sends, and writes down what came of it, however long the store is down.
pub(super) async fn make(
    office: Office,
    (place, due): (Place, DueDelivery),
    (health, shutdown): (HealthHandle, Shutdown),
) -> Ended {
    let (at, begun) = (office.clock.now(), Instant::now());
    let answer = office.senders.send(&due, at).await;
    let took_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
    metrics::delivery_attempt(
        due.channel.target.kind(),
        answer.as_ref().err().map_or("delivered", |no| no.reason.name()),
    );
    let (code, error) = match &answer {
        Ok(code) => (*code, None),
        Err(refusal) => (refusal.code, Some(refusal.error.clone())),
    };
    let outcome = outcome(&office, &due, answer.as_ref().err());
    tell(&due, &outcome, error.as_deref());
    let attempt = Attempt { at, took_ms, code, error: error.clone() };
    let store = || Retry::new("deliveries", Some(&health), &shutdown);
    let id = due.delivery.id;
    let written = store().until_done(|| office.deliveries.finished(id, attempt.clone(), outcome.clone())).await;
    if let (Some(()), Err(Refusal { then: Then::Disable, error, .. })) = (written, &answer) {
        let disable = || office.channels.disable(due.channel.id, error.clone(), office.clock.now());
        store().until_done(disable).await;
    }
    let next = if let Outcome::RetryAt(next) = outcome { Some(next) } else { None };
    Ended { place, channel: due.channel.name, trouble: error.filter(|_| next.is_some()), next }
}

fn outcome(office: &Office, due: &DueDelivery, refusal: Option<&Refusal>) -> Outcome {
    let Some(refusal) = refusal else { return Outcome::Delivered };
    let wait = match refusal.then {
        Then::Again { after } => schedule::wait_after(due.attempt, after, rand::random()),
        Then::GiveUp | Then::Disable => None,
    };
    let wait = wait.and_then(|wait| TimeDelta::from_std(wait).ok());
    wait.map_or_else(|| Outcome::Failed(refusal.error.clone()), |wait| Outcome::RetryAt(office.clock.now() + wait))
}

fn tell(due: &DueDelivery, outcome: &Outcome, error: Option<&str>) {
    let (delivery, channel, attempt) = (due.delivery.id, due.channel.name.as_str(), due.attempt);
    match outcome {
        Outcome::Delivered => metrics::delivery("delivered"),
        Outcome::RetryAt(next) => {
            tracing::warn!(%delivery, channel, attempt, error, %next, "not delivered, trying again");
        }
        Outcome::Failed(_) => {
            metrics::delivery("failed");
            tracing::error!(%delivery, channel, attempt, error, "not delivered, given up");
        }
    }
}
