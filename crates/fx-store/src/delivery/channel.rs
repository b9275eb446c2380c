//! A channel: a name, a target, and the secrets that sign for it.

use chrono::TimeDelta;
use fx_config::Secret;
use fx_domain::clock::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// For how long the secret before a rotation is valid.
pub const OLD_SECRET_VALID_FOR: TimeDelta = TimeDelta::hours(24);

/// Where messages go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// A POST to this address.
    Webhook {
        /// The address.
        url: String,
    },
    /// A mail.
    Email {
        /// The recipients.
        to: Vec<String>,
    },
    /// A line in a file.
    File {
        /// Its name, within the data directory.
        path: String,
    },
}

impl Target {
    /// Whether messages are signed with a secret.
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::Webhook { .. })
    }

    /// The name in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Email { .. } => "email",
            Self::File { .. } => "file",
        }
    }
}

/// A channel that is to be.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// What rules call it.
    pub name: String,
    /// Where messages go.
    pub target: Target,
    /// What they are signed with: webhooks only.
    pub secret: Option<Secret>,
    /// For how long transitions are collected into one message; each has its own where there is none.
    pub group: Option<TimeDelta>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// `UUIDv7`.
    pub id: Uuid,
    /// What rules call it; there is one of each name.
    pub name: String,
    /// Where messages go.
    pub target: Target,
    /// What they are signed with.
    pub secrets: Secrets,
    /// For how long transitions are collected into one message; each has its own where there is none.
    pub group: Option<TimeDelta>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Since when and why nothing is sent through it.
    pub disabled: Option<Disabled>,
}

/// Since when and why nothing is sent through a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disabled {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// The secret of a channel, and for a while the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Secrets {
    /// The newest; none where nothing is signed.
    pub current: Option<Secret>,
    /// The one before, and until when it is valid.
    pub previous: Option<(Secret, Timestamp)>,
}

impl Secrets {
    /// Those that sign at `at`, the newest first.
    pub fn valid_at(&self, at: Timestamp) -> impl Iterator<Item = &Secret> {
        let previous = self.previous.as_ref().filter(move |(_, until)| at < *until).map(|(secret, _)| secret);
        self.current.iter().chain(previous)
    }
}
