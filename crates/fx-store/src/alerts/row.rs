//! Rows, and what they stand for.

use chrono::DateTime;
use diesel::prelude::*;
use fx_domain::alert::{Kind, Rule, Severity, State, Transition};
use fx_domain::clock::Timestamp;
use serde::Serialize;

use super::schema::{alert_rates, alert_rules, alert_states, alert_transitions};
use super::{KnownRate, StoredRule, StoredState};
use crate::StoreError;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_rules)]
pub(super) struct RuleRow {
    pub(super) id: String,
    pub(super) rule: String,
    pub(super) severity: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
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
pub(super) struct TransitionRow {
    id: String,
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
}

pub(super) fn unreadable(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Row(format!("{what}: {error}"))
}

pub(super) fn moment(micros: i64) -> Result<Timestamp, StoreError> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| unreadable("time", micros))
}

pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| unreadable(text, error))
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
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
    pub(super) fn of(id: uuid::Uuid, rule: &Rule, at: Timestamp) -> Result<Self, StoreError> {
        let at = at.timestamp_micros();
        let severity = rule.severity.name().to_owned();
        Ok(Self { id: id.to_string(), rule: json(rule)?, severity, created_at: at, updated_at: at })
    }

    pub(super) fn rule(&self) -> Result<Rule, StoreError> {
        Rule::from_json(self.rule.as_bytes()).map_err(|error| unreadable(&format!("rule {}", self.id), error))
    }
}

impl TryFrom<RuleRow> for StoredRule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> Result<Self, StoreError> {
        Ok(Self { id: parsed(&row.id)?, rule: row.rule()?, updated_at: moment(row.updated_at)? })
    }
}

impl StateRow {
    pub(super) fn of(stored: &StoredState, partition: u32) -> Result<Self, StoreError> {
        let StoredState { alert_id, pair, state } = stored;
        let (alert_id, pair) = (alert_id.to_string(), pair.to_string());
        Ok(Self { alert_id, pair, partition_id: partition.into(), machine: json(state)? })
    }
}

impl TryFrom<StateRow> for StoredState {
    type Error = StoreError;

    fn try_from(row: StateRow) -> Result<Self, StoreError> {
        let state = serde_json::from_str(&row.machine).map_err(|error| unreadable("machine", error))?;
        Ok(Self { alert_id: parsed(&row.alert_id)?, pair: parsed(&row.pair)?, state })
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

impl From<&Transition> for TransitionRow {
    fn from(transition: &Transition) -> Self {
        Self {
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
        }
    }
}

impl TransitionRow {
    /// The same without the one character that PostgreSQL keeps in no text.
    pub(super) fn without_nul(mut self) -> Self {
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
        })
    }
}
