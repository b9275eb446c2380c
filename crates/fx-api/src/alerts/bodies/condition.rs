//! The shape of conditions.

use fx_domain::alert::{Direction, Kind};
use salvo::oapi::{Components, RefOr, Schema, ToSchema};
use serde_json::{Value, json};

use crate::notation::{MeasureName, SourceName, SpanText, named, reference};

/// What is watched for.
pub(crate) struct Condition;

impl ToSchema for Condition {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let (span, source) = (reference::<SpanText>(components), reference::<SourceName>(components));
        let measure = reference::<MeasureName>(components);
        named(components, "Condition", || {
            let kinds: Vec<Value> = Kind::ALL.map(|kind| shape(kind, &span, &source, &measure)).into();
            json!({
                "description": "What is watched for: each kind has fields of its own.",
                "oneOf": kinds,
                "examples": [{"kind": "above", "threshold": 1.1}]
            })
        })
    }
}

/// The fields of a kind of condition.
fn shape(kind: Kind, span: &Value, source: &Value, measure: &Value) -> Value {
    let number = json!({"type": "number", "exclusiveMinimum": 0});
    let mut fields = match kind {
        Kind::Above | Kind::Below | Kind::CrossesUp | Kind::CrossesDown | Kind::Crosses => {
            json!({"threshold": number})
        }
        Kind::EntersChannel | Kind::LeavesChannel => json!({"low": number, "high": number}),
        Kind::ChangeAbs => json!({"delta": number, "window": span}),
        Kind::ChangePct => json!({"percent": number, "window": span}),
        Kind::VolatilityAbove => {
            json!({"measure": measure, "threshold": number})
        }
        Kind::Zscore => json!({"updates": {"type": "integer", "minimum": 2, "maximum": 1000}, "threshold": number}),
        Kind::Stale => json!({"factor": number}),
        Kind::Divergence => {
            json!({"sources": {"type": "array", "items": source, "minItems": 2, "maxItems": 2, "uniqueItems": true}, "bp": number})
        }
    };
    fields["kind"] = json!({"type": "string", "const": kind.name()});
    let required: Vec<String> = fields.as_object().into_iter().flat_map(serde_json::Map::keys).cloned().collect();
    if matches!(kind, Kind::ChangeAbs | Kind::ChangePct) {
        let [up, down, either] = Direction::ALL.map(Direction::name);
        fields["direction"] = json!({"enum": [up, down, either, null], "default": either});
    }
    json!({"type": "object", "properties": fields, "required": required, "additionalProperties": false})
}

/// The kinds that need no more than a threshold.
pub(super) fn level_kind() -> Value {
    let levels = [Kind::Above, Kind::Below, Kind::CrossesUp, Kind::CrossesDown, Kind::Crosses].map(Kind::name);
    json!({"type": "string", "enum": levels})
}
