//! Rows, and what they stand for.

use std::collections::HashMap;

use chrono::TimeDelta;
use diesel::prelude::*;
use fx_config::Secret;
use fx_domain::clock::Timestamp;
use fx_domain::delivery::{Attempt, Delivery, Status};
use uuid::Uuid;

use super::schema::{alert_channels, deliveries, delivery_attempts, delivery_transitions};
use super::{Channel, ChannelError, Disabled, NewChannel, Secrets};
use crate::StoreError;
use crate::alerts::row::{json, moment, parsed, unreadable};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_channels)]
pub(super) struct ChannelRow {
    pub(super) id: String,
    pub(super) name: String,
    target: String,
    secret: Option<String>,
    old_secret: Option<String>,
    old_secret_until: Option<i64>,
    pub(super) group_for: Option<i64>,
    created_at: i64,
    pub(super) disabled_at: Option<i64>,
    disabled_reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries)]
pub(crate) struct DeliveryRow {
    pub(crate) id: String,
    pub(super) channel: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) tries: i64,
    pub(super) next_at: Option<i64>,
    pub(super) created_at: i64,
    pub(super) finished_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Insertable)]
#[diesel(table_name = delivery_transitions)]
pub(super) struct LinkRow {
    pub(super) delivery_id: String,
    pub(super) transition_id: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = delivery_attempts)]
pub(super) struct AttemptRow {
    delivery_id: String,
    at: i64,
    took_ms: i64,
    code: Option<i64>,
    error: Option<String>,
}

/// What came of creating a channel.
pub(super) enum Created {
    Done(Box<Channel>),
    Taken,
    TooMany,
}

impl Created {
    pub(super) fn channel(self, name: String, most: usize) -> Result<Channel, ChannelError> {
        match self {
            Self::Done(channel) => Ok(*channel),
            Self::Taken => Err(ChannelError::Taken(name)),
            Self::TooMany => Err(ChannelError::TooMany { most }),
        }
    }
}

/// What a delivery tells of, as far as a delivery shows it: delivery, transition, alert and the alert's name.
pub(super) type Told = (String, String, String, String);

impl ChannelRow {
    pub(super) fn of(id: Uuid, channel: &NewChannel, at: Timestamp) -> Result<Self, StoreError> {
        let group_for = channel.group.map(|group| group.num_microseconds().unwrap_or(i64::MAX));
        Ok(Self {
            id: id.to_string(),
            name: channel.name.clone(),
            target: json(&channel.target)?,
            secret: channel.secret.as_ref().map(|secret| secret.expose().to_owned()),
            old_secret: None,
            old_secret_until: None,
            group_for,
            created_at: at.timestamp_micros(),
            disabled_at: None,
            disabled_reason: None,
        })
    }
}

impl TryFrom<ChannelRow> for Channel {
    type Error = StoreError;

    fn try_from(row: ChannelRow) -> Result<Self, StoreError> {
        let previous = row.old_secret.zip(row.old_secret_until);
        let previous = previous.map(|(secret, until)| Ok::<_, StoreError>((Secret::from(secret), moment(until)?)));
        let disabled = row.disabled_at.map(|at| {
            Ok::<_, StoreError>(Disabled { at: moment(at)?, reason: row.disabled_reason.unwrap_or_default() })
        });
        Ok(Self {
            id: parsed(&row.id)?,
            name: row.name,
            target: serde_json::from_str(&row.target).map_err(|error| unreadable("target", error))?,
            secrets: Secrets { current: row.secret.map(Secret::from), previous: previous.transpose()? },
            group: row.group_for.map(TimeDelta::microseconds),
            created_at: moment(row.created_at)?,
            disabled: disabled.transpose()?,
        })
    }
}

impl AttemptRow {
    pub(super) fn of(delivery: Uuid, attempt: &Attempt) -> Self {
        Self {
            delivery_id: delivery.to_string(),
            at: attempt.at.timestamp_micros(),
            took_ms: attempt.took_ms.into(),
            code: attempt.code.map(Into::into),
            error: attempt.error.as_ref().map(|error| error.replace('\0', "\u{fffd}")),
        }
    }

    fn attempt(self) -> Result<Attempt, StoreError> {
        let code = self.code.map(u16::try_from).transpose();
        Ok(Attempt {
            at: moment(self.at)?,
            took_ms: u32::try_from(self.took_ms).map_err(|error| unreadable("duration", error))?,
            code: code.map_err(|error| unreadable("code", error))?,
            error: self.error,
        })
    }
}

/// The deliveries, in their order, with what they tell of and how they were attempted.
pub(super) fn assembled(
    rows: Vec<DeliveryRow>,
    told: Vec<Told>,
    attempts: Vec<AttemptRow>,
) -> Result<Vec<Delivery>, StoreError> {
    let mut told_by: HashMap<String, Vec<Told>> = HashMap::new();
    for told in told {
        told_by.entry(told.0.clone()).or_default().push(told);
    }
    let mut attempts_of: HashMap<String, Vec<Attempt>> = HashMap::new();
    for row in attempts {
        attempts_of.entry(row.delivery_id.clone()).or_default().push(row.attempt()?);
    }
    let delivery = |row: DeliveryRow| {
        let told = told_by.remove(&row.id).unwrap_or_default();
        let attempts = attempts_of.remove(&row.id).unwrap_or_default();
        row.delivery(&told, attempts)
    };
    rows.into_iter().map(delivery).collect()
}

impl DeliveryRow {
    fn delivery(self, told: &[Told], attempts: Vec<Attempt>) -> Result<Delivery, StoreError> {
        let mut alerts: Vec<(Uuid, String)> = Vec::new();
        for (.., alert, name) in told {
            let alert = parsed(alert)?;
            if alerts.iter().all(|(known, _)| *known != alert) {
                alerts.push((alert, name.clone()));
            }
        }
        let (alert_ids, alert_names) = alerts.into_iter().unzip();
        Ok(Delivery {
            id: parsed(&self.id)?,
            channel: self.channel,
            status: Status::of_name(&self.status).ok_or_else(|| unreadable("status", &self.status))?,
            reason: self.reason,
            transitions: told.iter().map(|(_, transition, ..)| parsed(transition)).collect::<Result<_, _>>()?,
            alert_ids,
            alert_names,
            attempts,
            next_at: self.next_at.map(moment).transpose()?,
            created_at: moment(self.created_at)?,
            finished_at: self.finished_at.map(moment).transpose()?,
        })
    }
}
