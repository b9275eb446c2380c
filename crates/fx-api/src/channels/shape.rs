//! Channels as they are shown.

use fx_domain::alert::span;
use fx_domain::clock::Timestamp;
use fx_store::delivery::{Channel, Disabled, Target};
use salvo::oapi::ToSchema;
use serde::Serialize;

use crate::notation::{IdText, SpanText};

/// Every channel.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Channels"))]
pub(crate) struct ChannelsView {
    /// How many there are.
    pub(super) count: usize,
    /// By name.
    pub(super) channels: Vec<ChannelView>,
}

/// A channel; its secret is shown only when it is created.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Channel"))]
pub(crate) struct ChannelView {
    #[salvo(schema(value_type = IdText))]
    id: String,
    /// What alerts call it.
    name: String,
    #[salvo(schema(value_type = super::new::Kind))]
    kind: &'static str,
    /// Of a webhook.
    url: Option<String>,
    /// Of an email.
    to: Option<Vec<String>>,
    /// Of a file.
    path: Option<String>,
    /// For how long transitions are collected into one message; each has its own where it is null.
    #[salvo(schema(value_type = Option<SpanText>))]
    group: Option<String>,
    #[salvo(schema(value_type = String, format = "date-time"))]
    created_at: Timestamp,
    /// Since when and why nothing is sent through it.
    disabled: Option<DisabledView>,
    /// What the messages of a webhook are signed with, shown only when it is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(required = false, example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDbrKJ2x5bQ1E="))]
    secret: Option<String>,
}

/// Since when and why nothing is sent through a channel.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Disabled"))]
struct DisabledView {
    #[salvo(schema(value_type = String, format = "date-time"))]
    at: Timestamp,
    reason: String,
}

impl ChannelView {
    /// The one view with a secret.
    pub(super) fn created(channel: Channel, secret: Option<String>) -> Self {
        Self { secret, ..channel.into() }
    }
}

impl From<Channel> for ChannelView {
    fn from(channel: Channel) -> Self {
        let kind = channel.target.kind();
        let (url, to, path) = match channel.target {
            Target::Webhook { url } => (Some(url), None, None),
            Target::Email { to } => (None, Some(to), None),
            Target::File { path } => (None, None, Some(path)),
        };
        Self {
            id: channel.id.to_string(),
            name: channel.name,
            kind,
            url,
            to,
            path,
            group: channel.group.map(span::format),
            created_at: channel.created_at,
            disabled: channel.disabled.map(|Disabled { at, reason }| DisabledView { at, reason }),
            secret: None,
        }
    }
}

/// The new secret of a webhook.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "RotatedSecret"))]
pub(crate) struct RotatedView {
    /// What messages are signed with from now on, shown this once.
    pub(super) secret: String,
    /// Until when they are signed with the one before as well.
    #[salvo(schema(value_type = String, format = "date-time"))]
    pub(super) previous_valid_until: Timestamp,
}
