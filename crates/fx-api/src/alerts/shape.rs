//! The shapes of alerts for the description of the API. The domain writes and reads them; a test holds both together.

use fx_domain::alert::{Alert, Transition};
use salvo::oapi::{Components, RefOr, Schema, ToSchema};
use serde::Serialize;

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
    id: String,
    /// Made from pairs and condition where none was given.
    name: String,
    /// Pairs, or `*` alone for every pair.
    #[salvo(schema(example = json!(["EURUSD"])))]
    pairs: Vec<String>,
    condition: ConditionShape,
    /// Past which value an episode closes.
    clear_threshold: Option<f64>,
    /// How long the condition must stay true, such as `10m`.
    #[salvo(schema(rename = "for"))]
    hold_for: Option<String>,
    /// Over how many distinct updates it must be true.
    min_updates: u32,
    /// How long the next firing waits, such as `1h`.
    cooldown: Option<String>,
    repeat_every: Option<String>,
    /// Whether the rule ends with its first episode.
    once: bool,
    expires_at: Option<String>,
    /// info, warning or critical
    severity: String,
    channels: Vec<String>,
    rebase_on_fire: bool,
    /// Whether rates of streams count while their market is closed.
    closed_market: bool,
    /// The feed that is watched; the believed one where it is null.
    source: Option<String>,
    note: Option<String>,
    #[salvo(schema(format = "date-time"))]
    created_at: String,
    #[salvo(schema(format = "date-time"))]
    updated_at: String,
    states: Vec<PairStateShape>,
}

/// What is watched for.
#[derive(ToSchema)]
#[salvo(schema(name = "Condition"))]
#[expect(dead_code, reason = "only its schema is used")]
struct ConditionShape {
    /// above, below, `crosses_up`, `crosses_down` or crosses
    #[salvo(schema(example = "above"))]
    kind: String,
    #[salvo(schema(example = 1.1))]
    threshold: f64,
}

/// Where one pair stands.
#[derive(ToSchema)]
#[salvo(schema(name = "PairState"))]
#[expect(dead_code, reason = "only its schema is used")]
struct PairStateShape {
    pair: String,
    /// `no_data`, normal, pending, firing, recovering or expired
    state: String,
    #[salvo(schema(format = "date-time"))]
    since: String,
    /// The last rate that counted.
    value: Option<f64>,
}

/// An alert to be set. The short form has `pair`, the condition's kind as `condition`, and `threshold` beside it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NewAlert {
    #[salvo(schema(required = false))]
    name: Option<String>,
    /// One pair, or `pairs`.
    #[salvo(schema(required = false, example = "EUR/USD"))]
    pair: Option<String>,
    /// Several pairs, or `*` alone for every pair.
    #[salvo(schema(required = false))]
    pairs: Option<Vec<String>>,
    condition: ConditionShape,
    /// On the side where the condition is false.
    #[salvo(schema(required = false))]
    clear_threshold: Option<f64>,
    #[salvo(schema(required = false, rename = "for", example = "10m"))]
    hold_for: Option<String>,
    #[salvo(schema(required = false))]
    min_updates: Option<u32>,
    #[salvo(schema(required = false, example = "1h"))]
    cooldown: Option<String>,
    #[salvo(schema(required = false))]
    once: Option<bool>,
    #[salvo(schema(required = false, example = "warning"))]
    severity: Option<String>,
    #[salvo(schema(required = false))]
    closed_market: Option<bool>,
    #[salvo(schema(required = false))]
    source: Option<String>,
    #[salvo(schema(required = false))]
    note: Option<String>,
}

/// A change of state.
#[derive(ToSchema)]
#[salvo(schema(name = "Transition"))]
#[expect(dead_code, reason = "only its schema is used")]
struct TransitionShape {
    id: String,
    alert_id: String,
    alert_name: String,
    /// Null outside of any episode.
    episode_id: Option<String>,
    #[salvo(schema(example = "EURUSD"))]
    pair: String,
    /// The state before.
    from: String,
    /// The state after.
    to: String,
    /// The feed whose rate it was.
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
    severity: String,
    /// What happened, in words.
    message: String,
}
