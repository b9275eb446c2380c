//! What becomes of the outbox: pure, for both stores.

use std::collections::HashMap;

use fx_domain::clock::Timestamp;
use fx_domain::delivery::Status;
use uuid::Uuid;

use super::row::{ChannelRow, DeliveryRow, LinkRow};
use crate::StoreError;
use crate::alerts::row::parsed;

/// Why a delivery is finished before it was ever tried, or cannot be tried again.
pub(super) const MISSING: &str = "channel_missing";
pub(super) const DISABLED: &str = "channel_disabled";

/// A transition that is to be told through a channel.
pub(super) struct ToTell {
    pub(super) transition_id: String,
    pub(super) channel: String,
}

/// What is to be written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Gathered {
    pub(super) deliveries: Vec<DeliveryRow>,
    pub(super) links: Vec<LinkRow>,
}

/// Makes deliveries: one for each transition and channel, one for all that a channel collects where it does. `open` are the
/// deliveries that are still collecting, by channel.
pub(super) fn gather(
    told: Vec<ToTell>,
    channels: &HashMap<String, ChannelRow>,
    mut open: HashMap<String, String>,
    at: Timestamp,
) -> Result<Gathered, StoreError> {
    let mut gathered = Gathered::default();
    for ToTell { transition_id, channel: name } in told {
        let channel = channels.get(&name);
        let collects = channel.filter(|channel| channel.disabled_at.is_none()).and_then(|channel| channel.group_for);
        let delivery_id = if let Some(open) = open.get(&name).filter(|_| collects.is_some()) {
            open.clone()
        } else {
            let id = id(&transition_id, &name, channel)?.to_string();
            gathered.deliveries.push(made(id.clone(), &name, channel, collects.unwrap_or(0), at));
            if collects.is_some() {
                open.insert(name, id.clone());
            }
            id
        };
        gathered.links.push(LinkRow { delivery_id, transition_id });
    }
    Ok(gathered)
}

/// Follows from what is told and through what: however often it is made, it is the same.
fn id(transition_id: &str, name: &str, channel: Option<&ChannelRow>) -> Result<Uuid, StoreError> {
    Ok(match channel {
        Some(channel) => Uuid::new_v5(&parsed(&channel.id)?, transition_id.as_bytes()),
        None => Uuid::new_v5(&parsed(transition_id)?, name.as_bytes()),
    })
}

/// A delivery as it begins.
pub(super) fn made(id: String, name: &str, channel: Option<&ChannelRow>, waits: i64, at: Timestamp) -> DeliveryRow {
    let (status, reason) = settled(channel);
    let is_pending = status == Status::Pending;
    let at = at.timestamp_micros();
    DeliveryRow {
        id,
        channel: name.to_owned(),
        status: status.name().to_owned(),
        reason: reason.map(str::to_owned),
        tries: 0,
        next_at: is_pending.then_some(at.saturating_add(waits)),
        created_at: at,
        finished_at: (!is_pending).then_some(at),
    }
}

/// How a delivery through a channel begins, or ends where the channel takes none.
pub(super) fn settled(channel: Option<&ChannelRow>) -> (Status, Option<&'static str>) {
    match channel {
        None => (Status::Failed, Some(MISSING)),
        Some(channel) if channel.disabled_at.is_some() => (Status::Suppressed, Some(DISABLED)),
        Some(_) => (Status::Pending, None),
    }
}
