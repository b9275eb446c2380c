//! The shapes of alerts for the description of the API. The domain writes and reads them; a test holds both together.

use fx_domain::alert::{Alert, Transition};
use salvo::oapi::{Components, RefOr, Schema, ToSchema};
use serde::Serialize;

use super::bodies::Condition;
use crate::notation::{IdText, PairCode, SeverityName, SourceName, SpanText, StateName};

/// An alert as it is shown.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct AlertView(pub(super) Alert);

impl ToSchema for AlertView {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        AlertShape::to_schema(components)
    }
}

/// A change of state as it is shown.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct TransitionView(pub(super) Transition);

impl ToSchema for TransitionView {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        TransitionShape::to_schema(components)
    }
}

/// An alert: its rule, and where each pair stands.
#[derive(ToSchema)]
#[salvo(schema(name = "Alert"))]
#[expect(dead_code, reason = "only its schema is used")]
struct AlertShape {
    #[salvo(schema(value_type = IdText))]
    id: String,
    /// Made from pairs and condition where none was given.
    name: String,
    /// Pairs, or `*` alone for every pair.
    #[salvo(schema(example = json!(["EURUSD"])))]
    pairs: Vec<String>,
    #[salvo(schema(value_type = Condition))]
    condition: String,
    /// Past which value an episode closes.
    clear_threshold: Option<f64>,
    /// How long the condition must stay true, such as `10m`.
    #[salvo(schema(rename = "for", value_type = Option<SpanText>))]
    hold_for: Option<String>,
    /// Over how many distinct updates it must be true.
    min_updates: u32,
    /// How long the next firing waits, such as `1h`.
    #[salvo(schema(value_type = Option<SpanText>))]
    cooldown: Option<String>,
    #[salvo(schema(value_type = Option<SpanText>))]
    repeat_every: Option<String>,
    /// Whether the rule ends with its first episode.
    once: bool,
    #[salvo(schema(format = "date-time"))]
    expires_at: Option<String>,
    #[salvo(schema(value_type = SeverityName))]
    severity: String,
    channels: Vec<String>,
    rebase_on_fire: bool,
    /// Whether rates of streams count while their market is closed.
    closed_market: bool,
    /// The feed that is watched; the believed one where it is null.
    #[salvo(schema(value_type = Option<SourceName>))]
    source: Option<String>,
    note: Option<String>,
    #[salvo(schema(format = "date-time"))]
    created_at: String,
    #[salvo(schema(format = "date-time"))]
    updated_at: String,
    /// Until when nobody is told; null where everybody is.
    #[salvo(schema(format = "date-time"))]
    snoozed_until: Option<String>,
    states: Vec<PairStateShape>,
}

/// Where one pair stands.
#[derive(ToSchema)]
#[salvo(schema(name = "PairState"))]
#[expect(dead_code, reason = "only its schema is used")]
struct PairStateShape {
    #[salvo(schema(value_type = PairCode))]
    pair: String,
    #[salvo(schema(value_type = StateName))]
    state: String,
    #[salvo(schema(format = "date-time"))]
    since: String,
    /// The last rate that counted.
    value: Option<f64>,
    /// Who looks after the open episode.
    acknowledged: Option<AcknowledgedShape>,
}

/// Who looks after an open episode.
#[derive(ToSchema)]
#[salvo(schema(name = "Acknowledged"))]
#[expect(dead_code, reason = "only its schema is used")]
struct AcknowledgedShape {
    by: Option<String>,
    comment: Option<String>,
    #[salvo(schema(format = "date-time"))]
    at: String,
}

/// A change of state.
#[derive(ToSchema)]
#[salvo(schema(name = "Transition"))]
#[expect(dead_code, reason = "only its schema is used")]
struct TransitionShape {
    #[salvo(schema(value_type = IdText))]
    id: String,
    #[salvo(schema(value_type = IdText))]
    alert_id: String,
    alert_name: String,
    /// Null outside of any episode.
    #[salvo(schema(value_type = Option<IdText>))]
    episode_id: Option<String>,
    #[salvo(schema(value_type = PairCode))]
    pair: String,
    /// The state before.
    #[salvo(schema(value_type = StateName))]
    from: String,
    /// The state after.
    #[salvo(schema(value_type = StateName))]
    to: String,
    /// The feed whose rate it was.
    #[salvo(schema(value_type = SourceName))]
    source: String,
    /// The rate's own time.
    #[salvo(schema(format = "date-time"))]
    source_ts: String,
    /// The time of the message that brought it.
    #[salvo(schema(format = "date-time"))]
    at: String,
    /// The rate, in the rule's own direction.
    value: f64,
    /// The kind of the condition, such as above; null where it is not known.
    kind: Option<String>,
    threshold: f64,
    #[salvo(schema(value_type = SeverityName))]
    severity: String,
    /// What happened, in words.
    message: String,
    /// The figure that was compared, where that is not the rate.
    #[salvo(schema(required = false))]
    measured: Option<f64>,
    /// What is told while the state stays: unconfirmed, withdrawn or repeat.
    #[salvo(schema(required = false))]
    notice: Option<String>,
    /// The most that rounding by the publisher can be off, in basis points.
    #[salvo(schema(required = false))]
    precision_bp: Option<f64>,
    /// Whether the rate was derived from others.
    #[salvo(schema(required = false))]
    derived: Option<bool>,
    /// Of an acknowledgement: who.
    #[salvo(schema(required = false))]
    by: Option<String>,
    /// Of an acknowledgement: their words.
    #[salvo(schema(required = false))]
    comment: Option<String>,
    /// Of an acknowledgement: seconds since the firing.
    #[salvo(schema(required = false))]
    took_s: Option<f64>,
}
