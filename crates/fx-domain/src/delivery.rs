//! What became of a message about transitions: one delivery for each channel that is told, with every attempt.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;

/// A message on its way through a channel, as it is shown and as it travels in `fx-deliveries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The same at every attempt: the `webhook-id`.
    pub id: Uuid,
    /// The channel's name.
    pub channel: String,
    /// How far it is.
    pub status: Status,
    /// Why it failed or is suppressed.
    pub reason: Option<String>,
    /// What it tells; nothing in a test message.
    pub transitions: Vec<Uuid>,
    /// Whose transitions these are, each once.
    pub alert_ids: Vec<Uuid>,
    /// What those alerts were called then.
    pub alert_names: Vec<String>,
    /// Every attempt, the oldest first.
    pub attempts: Vec<Attempt>,
    /// When it is tried next; `None` where it is finished.
    pub next_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was finished.
    pub finished_at: Option<Timestamp>,
}

/// One attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How many milliseconds it took.
    pub took_ms: u32,
    /// The target's answer: the status of HTTP or the code of SMTP.
    pub code: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is tried until it succeeds or is given up.
    Pending,
    /// The target has taken it.
    Delivered,
    /// It was given up.
    Failed,
    /// It is not sent on purpose: its channel is disabled.
    Suppressed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Failed, Self::Suppressed];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
        }
    }

    /// The status of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}
