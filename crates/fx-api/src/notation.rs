//! How values are written: the schemas that requests and answers have in common. Names are those of the domain, so that no
//! list here can age.

use fx_domain::alert::{Measure, Severity, State};
use fx_domain::candle::Interval;
use fx_domain::currency::Currency;
use fx_domain::delivery::Status;
use salvo::oapi::schema::SchemaType;
use salvo::oapi::{Components, Object, Ref, RefOr, Schema, ToSchema};
use serde_json::{Value, json};

macro_rules! notations {
    ($($(#[doc = $doc:literal])+ $name:ident => $schema:expr;)+) => {$(
        $(#[doc = $doc])+
        pub(crate) struct $name;

        impl ToSchema for $name {
            fn to_schema(components: &mut Components) -> RefOr<Schema> {
                named(components, stringify!($name), || described(concat!($($doc),+), $schema))
            }
        }
    )+};
}

notations! {
    /// A pair as the API writes it.
    PairCode => json!({"type": "string", "pattern": "^[A-Z]{6}$", "examples": ["EURUSD"]});
    /// A pair, in either direction, in any case: `EURUSD`, `EUR-USD`, `EUR_USD` or `EUR/USD`.
    PairName => pair_name("[-_/]?");
    /// A pair in a path, in either direction, in any case: `EURUSD`, `EUR-USD` or `EUR_USD`.
    PairSegment => pair_name("[-_]?");
    /// A currency of ISO 4217, in any case.
    CurrencyCode => json!({"type": "string", "enum": codes(), "examples": ["EUR"]});
    /// The name of a feed.
    SourceName => json!({"type": "string", "pattern": "^[a-z0-9-]{1,32}$", "examples": ["ecb"]});
    /// The name of a feed, or `*` for every feed.
    SourceChoice => json!({"type": "string", "pattern": "^([*]|[a-z0-9-]{1,32})$", "examples": ["ecb"]});
    /// A moment (RFC 3339), or a date, which means its first moment in UTC.
    Moment => json!({
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}],
        "examples": ["2026-10-01"]
    });
    /// A number and its unit, at most 366 days.
    SpanText => json!({"type": "string", "pattern": "^[1-9][0-9]{0,8}(us|ms|s|m|h|d)$", "examples": ["10m"]});
    /// A decimal number above zero, with at most 28 digits.
    AmountText => json!({
        "type": "string", "pattern": "^([1-9][0-9]{0,17}([.][0-9]{1,9})?|0[.][0-9]{0,8}[1-9])$", "examples": ["100"]
    });
    /// An id.
    IdText => json!({"type": "string", "format": "uuid", "examples": ["019a8f0e-4c1b-7d60-8a54-0d7c3f3c2b11"]});
    /// The `next_cursor` of a page before.
    HistoryCursor => json!({"type": "string", "pattern": "^[a-z0-9-]{1,32}[.][0-9a-f]{1,13}$"});
    /// The `next_cursor` of a page before.
    TransitionsCursor => json!({"type": "string", "pattern": "^[0-9]{1,16}-[0-9]{1,18}$"});
    /// The `next_cursor` of a page before.
    DeliveriesCursor => json!({"type": "string", "pattern": "^[0-9]{1,18}$"});
    /// What is thought of a rate: `unusual` is a move beyond 10 EWMA σ and 1 %, which counts everywhere; `suspect` is held.
    QualityName => names(["ok", "unusual", "suspect"]);
    /// Why a rate is held.
    SuspectReasonName => names(["decimal_shift", "inversion", "jump"]);
    /// The width of a candle.
    IntervalName => names(Interval::ALL.map(Interval::label));
    /// Where a pair of an alert stands.
    StateName => names(State::ALL.map(State::name));
    /// How bad it is.
    SeverityName => names(Severity::ALL.map(Severity::name));
    /// A measure of volatility.
    MeasureName => names(Measure::ALL.map(Measure::name));
    /// How far a delivery is.
    DeliveryStatusName => names(Status::ALL.map(Status::name));
    /// How a feed is doing.
    FeedStateName => names(["waiting", "live", "backoff", "down", "bundled", "replay"]);
    /// How a feed's rates come: `bundled` where all there is came with the program.
    FeedKindName => names(["stream", "table", "bundled"]);
    /// How a part of the service is doing.
    HealthWord => names(["ok", "degraded", "down"]);
    /// What a client calls a request: 1 to 255 characters of ASCII, none of them a control character.
    RequestName => json!({"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$", "examples": ["order-17"]});
    /// An event: `rate` has the believed rates of a batch, `alert` a transition as in /alerts/history, `feed` a feed as in
    /// /feeds, `snapshot` rates as in /rates; `reset` says that a snapshot follows, `lagged` how many messages were missed.
    Event => json!({
        "type": "object",
        "properties": {
            "event": {"type": "string", "enum": ["rate", "alert", "feed", "snapshot", "reset", "lagged"]},
            "id": {"type": "string", "description": "The place in the log after it, for `Last-Event-ID`."},
            "data": {"type": "string", "contentMediaType": "application/json"}
        },
        "required": ["event", "data"]
    });
    /// A kind of news.
    EventKind => names(["rate", "alert", "feed"]);
}

fn names<const N: usize>(names: [&str; N]) -> Value {
    json!({"type": "string", "enum": names.as_slice(), "examples": [names.first()]})
}

fn codes() -> Vec<&'static str> {
    Currency::all().map(Currency::code).collect()
}

/// Two known codes that differ.
fn pair_name(between: &str) -> Value {
    let codes = codes().join("|");
    let pattern = format!("^(?!([A-Z]{{3}}){between}\\1$)({codes}){between}({codes})$");
    json!({"type": "string", "pattern": pattern, "examples": ["EURUSD"]})
}

fn described(text: &str, mut schema: Value) -> Value {
    if let Some(keywords) = schema.as_object_mut() {
        keywords.insert("description".to_owned(), text.trim().into());
    }
    schema
}

/// A schema among the components, made where it is not there yet.
pub(crate) fn named(components: &mut Components, name: &str, schema: impl FnOnce() -> Value) -> RefOr<Schema> {
    if !components.schemas.contains_key(name) {
        components.schemas.insert(name, keywords(schema()));
    }
    Ref::from_schema_name(name).into()
}

/// A schema as it stands within another.
pub(crate) fn reference<T: ToSchema>(components: &mut Components) -> Value {
    serde_json::to_value(T::to_schema(components)).unwrap_or_default()
}

/// A schema of any keywords.
fn keywords(schema: Value) -> RefOr<Schema> {
    let mut object = Object::with_type(SchemaType::AnyValue);
    if let Value::Object(keywords) = schema {
        object.extensions = keywords.into_iter().collect();
    }
    object.into()
}
