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
    /// Until when nobody is told; null where everybody is.
    #[salvo(schema(format = "date-time"))]
    snoozed_until: Option<String>,
    states: Vec<PairStateShape>,
}

/// What is watched for: each kind has fields of its own.
#[derive(ToSchema)]
#[salvo(schema(name = "Condition"))]
#[expect(dead_code, reason = "only its schema is used")]
struct ConditionShape {
    /// above, below, `crosses_up`, `crosses_down`, crosses, `enters_channel`, `leaves_channel`, `change_abs`, `change_pct`,
    /// `volatility_above`, zscore, stale or divergence
    #[salvo(schema(example = "above"))]
    kind: String,
    /// Of levels and crossings a price, of `volatility_above` and zscore a figure.
    #[salvo(schema(required = false, example = 1.1))]
    threshold: Option<f64>,
    /// Of a channel: the lower price.
    #[salvo(schema(required = false))]
    low: Option<f64>,
    /// Of a channel: the higher price.
    #[salvo(schema(required = false))]
    high: Option<f64>,
    /// Of `change_abs`: how far, in the quote currency.
    #[salvo(schema(required = false))]
    delta: Option<f64>,
    /// Of `change_pct`: how far.
    #[salvo(schema(required = false))]
    percent: Option<f64>,
    /// Of a change: since when.
    #[salvo(schema(required = false))]
    window: Option<String>,
    /// Of a change: up, down or either.
    #[salvo(schema(required = false))]
    direction: Option<String>,
    /// Of `volatility_above`: `price_stddev_20`, `realized_vol` or `ewma_vol`.
    #[salvo(schema(required = false))]
    measure: Option<String>,
    /// Of zscore: over how many updates, 2 to 1000.
    #[salvo(schema(required = false))]
    updates: Option<u32>,
    /// Of stale: how many times the feed's cadence.
    #[salvo(schema(required = false))]
    factor: Option<f64>,
    /// Of divergence: the two feeds.
    #[salvo(schema(required = false))]
    sources: Option<Vec<String>>,
    /// Of divergence: how many basis points.
    #[salvo(schema(required = false))]
    bp: Option<f64>,
}

/// Where one pair stands.
#[derive(ToSchema)]
#[salvo(schema(name = "PairState"))]
#[expect(dead_code, reason = "only its schema is used")]
struct PairStateShape {
    pair: String,
    /// `no_data`, normal, pending, firing, recovering, snoozed, acknowledged or expired
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
    /// How often an open episode is told again, such as `1h`.
    #[salvo(schema(required = false))]
    repeat_every: Option<String>,
    #[salvo(schema(required = false))]
    once: Option<bool>,
    #[salvo(schema(required = false, format = "date-time"))]
    expires_at: Option<String>,
    #[salvo(schema(required = false, example = "warning"))]
    severity: Option<String>,
    /// The names of the channels that are told.
    #[salvo(schema(required = false))]
    channels: Option<Vec<String>>,
    /// Whether a change is measured from the last firing.
    #[salvo(schema(required = false))]
    rebase_on_fire: Option<bool>,
    #[salvo(schema(required = false))]
    closed_market: Option<bool>,
    #[salvo(schema(required = false))]
    source: Option<String>,
    #[salvo(schema(required = false))]
    note: Option<String>,
}

/// What is to change of an alert; null takes away.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct AlertPatch {
    #[salvo(schema(required = false))]
    name: Option<String>,
    /// One pair, or `pairs`.
    #[salvo(schema(required = false, example = "EUR/USD"))]
    pair: Option<String>,
    /// Several pairs, or `*` alone for every pair.
    #[salvo(schema(required = false))]
    pairs: Option<Vec<String>>,
    /// Without a kind only its fields change.
    #[salvo(schema(required = false))]
    condition: Option<ConditionShape>,
    /// On the side where the condition is false.
    #[salvo(schema(required = false))]
    clear_threshold: Option<f64>,
    #[salvo(schema(required = false, rename = "for", example = "10m"))]
    hold_for: Option<String>,
    #[salvo(schema(required = false))]
    min_updates: Option<u32>,
    #[salvo(schema(required = false, example = "1h"))]
    cooldown: Option<String>,
    /// How often an open episode is told again, such as `1h`.
    #[salvo(schema(required = false))]
    repeat_every: Option<String>,
    #[salvo(schema(required = false))]
    once: Option<bool>,
    #[salvo(schema(required = false, format = "date-time"))]
    expires_at: Option<String>,
    #[salvo(schema(required = false, example = "warning"))]
    severity: Option<String>,
    /// The names of the channels that are told.
    #[salvo(schema(required = false))]
    channels: Option<Vec<String>>,
    /// Whether a change is measured from the last firing.
    #[salvo(schema(required = false))]
    rebase_on_fire: Option<bool>,
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
