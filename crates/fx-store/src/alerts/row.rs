//! Rows, and what they stand for.

use chrono::DateTime;
use diesel::prelude::*;
use fx_domain::alert::{Acknowledgement, Kind, Notice, PairState, Rule, Severity, State, Transition};
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::schema::{alert_acknowledgements, alert_rates, alert_rules, alert_states, alert_transitions};
use super::{KnownRate, StoredRule, StoredState};
use crate::StoreError;

/// A row of the outbox: a transition for `fx-alert-events`.
pub(crate) const EVENTS: &str = "events";
/// A row of the outbox: a delivery for `fx-deliveries`.
pub(crate) const DELIVERIES: &str = "deliveries";
/// A row of the outbox: a transition that a channel tells.
pub(crate) const TELL: &str = "tell";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_rules)]
pub(super) struct RuleRow {
    pub(super) id: String,
    pub(super) rule: String,
    pub(super) severity: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) begun_at: i64,
    pub(super) snoozed_until: Option<i64>,
    pub(super) idempotency_key: Option<String>,
    pub(super) created_as: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_acknowledgements)]
pub(super) struct AcknowledgementRow {
    pub(super) episode_id: String,
    pub(super) alert_id: String,
    acknowledged: String,
}

#[derive(Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = alert_states)]
pub(super) struct StateRow {
    pub(super) alert_id: String,
    pub(super) pair: String,
    pub(super) partition_id: i64,
    pub(super) machine: String,
}

#[derive(Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = alert_rates)]
pub(super) struct RateRow {
    pub(super) source: String,
    pub(super) pair: String,
    pub(super) market_open: bool,
    partition_id: i64,
    rate: String,
}

#[derive(Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = alert_transitions)]
pub(crate) struct TransitionRow {
    pub(super) id: String,
    alert_id: String,
    alert_name: String,
    episode_id: Option<String>,
    pair: String,
    from_state: String,
    to_state: String,
    source: String,
    source_ts: i64,
    pub(super) at: i64,
    value: f64,
    kind: Option<String>,
    threshold: f64,
    severity: String,
    message: String,
    details: Option<String>,
}

/// What only some transitions have.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<Notice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision_bp: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    derived: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    took_s: Option<f64>,
}

pub(crate) fn unreadable(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Row(format!("{what}: {error}"))
}

pub(crate) fn moment(micros: i64) -> Result<Timestamp, StoreError> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| unreadable("time", micros))
}

pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| unreadable(text, error))
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| unreadable("json", error))
}

fn state(name: &str) -> Result<State, StoreError> {
    State::of_name(name).ok_or_else(|| unreadable("state", name))
}

fn kind(name: &str) -> Result<Kind, StoreError> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| unreadable("kind", name))
}

fn severity(name: &str) -> Result<Severity, StoreError> {
    let found = Severity::ALL.into_iter().find(|severity| severity.name() == name);
    found.ok_or_else(|| unreadable("severity", name))
}

impl RuleRow {
    pub(super) fn of(id: Uuid, rule: &Rule, key: Option<String>, at: Timestamp) -> Result<Self, StoreError> {
        let (at, json) = (at.timestamp_micros(), json(rule)?);
        Ok(Self {
            id: id.to_string(),
            severity: rule.severity.name().to_owned(),
            created_at: at,
            updated_at: at,
            begun_at: at,
            snoozed_until: None,
            created_as: key.is_some().then(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, json.as_bytes()).to_string()),
            idempotency_key: key,
            rule: json,
        })
    }

    pub(super) fn snoozed_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.snoozed_until.map(moment).transpose()
    }

    pub(super) fn rule(&self) -> Result<Rule, StoreError> {
        Rule::from_json(self.rule.as_bytes()).map_err(|error| unreadable(&format!("rule {}", self.id), error))
    }
}

impl RuleRow {
    pub(super) fn stored(&self, acknowledged: Vec<Uuid>) -> Result<StoredRule, StoreError> {
        Ok(StoredRule {
            id: parsed(&self.id)?,
            rule: self.rule()?,
            updated_at: moment(self.updated_at)?,
            begun_at: moment(self.begun_at)?,
            is_first: self.begun_at == self.created_at,
            snoozed_until: self.snoozed_until()?,
            acknowledged,
        })
    }
}

impl AcknowledgementRow {
    pub(super) fn of(alert_id: Uuid, episode: Uuid, acknowledged: &Acknowledgement) -> Result<Self, StoreError> {
        let (episode_id, alert_id) = (episode.to_string(), alert_id.to_string());
        Ok(Self { episode_id, alert_id, acknowledged: json(acknowledged)? })
    }

    pub(super) fn acknowledgement(&self) -> Result<Acknowledgement, StoreError> {
        serde_json::from_str(&self.acknowledged).map_err(|error| unreadable("acknowledgement", error))
    }
}

impl StateRow {
    pub(super) fn of(stored: &StoredState, partition: u32) -> Result<Self, StoreError> {
        let StoredState { alert_id, pair, state, .. } = stored;
        let (alert_id, pair) = (alert_id.to_string(), pair.to_string());
        Ok(Self { alert_id, pair, partition_id: partition.into(), machine: json(state)? })
    }
}

impl StateRow {
    pub(super) fn machine(&self) -> Result<(Pair, PairState), StoreError> {
        let state = serde_json::from_str(&self.machine).map_err(|error| unreadable("machine", error))?;
        Ok((parsed(&self.pair)?, state))
    }

    pub(super) fn stored(&self, begun_at: i64) -> Result<StoredState, StoreError> {
        let (pair, state) = self.machine()?;
        Ok(StoredState { alert_id: parsed(&self.alert_id)?, begun_at: moment(begun_at)?, pair, state })
    }
}

impl RateRow {
    pub(super) fn of(rate: &KnownRate, partition: u32) -> Result<Self, StoreError> {
        Ok(Self {
            source: rate.source.to_string(),
            pair: rate.pair.to_string(),
            market_open: rate.market_open,
            partition_id: partition.into(),
            rate: json(rate)?,
        })
    }
}

impl TryFrom<RateRow> for KnownRate {
    type Error = StoreError;

    fn try_from(row: RateRow) -> Result<Self, StoreError> {
        serde_json::from_str(&row.rate).map_err(|error| unreadable("rate", error))
    }
}

impl TransitionRow {
    pub(super) fn of(transition: &Transition) -> Result<Self, StoreError> {
        let details = Details {
            measured: transition.measured,
            notice: transition.notice,
            precision_bp: transition.precision_bp,
            derived: transition.derived,
            by: transition.by.clone(),
            comment: transition.comment.clone(),
            took_s: transition.took_s,
        };
        let has_details = details != Details::default();
        Ok(Self {
            id: transition.id.to_string(),
            alert_id: transition.alert_id.to_string(),
            alert_name: transition.alert_name.clone(),
            episode_id: transition.episode_id.map(|id| id.to_string()),
            pair: transition.pair.to_string(),
            from_state: transition.from.name().to_owned(),
            to_state: transition.to.name().to_owned(),
            source: transition.source.to_string(),
            source_ts: transition.source_ts.timestamp_micros(),
            at: transition.at.timestamp_micros(),
            value: transition.value,
            kind: transition.kind.map(|kind| kind.name().to_owned()),
            threshold: transition.threshold,
            severity: transition.severity.name().to_owned(),
            message: transition.message.clone(),
            details: has_details.then(|| json(&details)).transpose()?,
        }
        .without_nul())
    }

    /// The same without the one character that PostgreSQL keeps in no text.
    fn without_nul(mut self) -> Self {
        for text in [&mut self.alert_name, &mut self.message] {
            if text.contains('\0') {
                *text = text.replace('\0', "\u{fffd}");
            }
        }
        self
    }
}

impl TryFrom<TransitionRow> for Transition {
    type Error = StoreError;

    fn try_from(row: TransitionRow) -> Result<Self, StoreError> {
        let details = row.details.as_deref().map(serde_json::from_str::<Details>).transpose();
        let details = details.map_err(|error| unreadable("details", error))?.unwrap_or_default();
        Ok(Self {
            id: parsed(&row.id)?,
            alert_id: parsed(&row.alert_id)?,
            alert_name: row.alert_name,
            episode_id: row.episode_id.as_deref().map(parsed).transpose()?,
            pair: parsed(&row.pair)?,
            from: state(&row.from_state)?,
            to: state(&row.to_state)?,
            source: parsed(&row.source)?,
            source_ts: moment(row.source_ts)?,
            at: moment(row.at)?,
            value: row.value,
            kind: row.kind.as_deref().map(kind).transpose()?,
            threshold: row.threshold,
            severity: severity(&row.severity)?,
            message: row.message,
            measured: details.measured,
            notice: details.notice,
            precision_bp: details.precision_bp,
            derived: details.derived,
            by: details.by,
            comment: details.comment,
            took_s: details.took_s,
        })
    }
}
