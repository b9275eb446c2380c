//! Numbers in answers: to the last digit where they were published, the nearest `f64` where they were computed.

use fx_domain::figure::Figure;
use salvo::oapi::schema::BasicType;
use salvo::oapi::{Components, Object, RefOr, Schema, ToSchema};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON number.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    /// With these digits.
    Exact(Box<RawValue>),
    /// With as many digits as give back the `f64`.
    Nearest(f64),
}

impl Number {
    /// A number with the digits of `text`, where those are a JSON number.
    pub(crate) fn exact(text: String) -> Option<Self> {
        // Tables in CSV may write leading zeros, which JSON does not know.
        RawValue::from_string(text).ok().map(Self::Exact)
    }
}

impl From<&Figure> for Number {
    fn from(figure: &Figure) -> Self {
        Self::exact(figure.to_string()).unwrap_or(Self::Nearest(figure.value()))
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::Nearest(value)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exact(digits) => digits.serialize(serializer),
            Self::Nearest(value) => serializer.serialize_f64(*value),
        }
    }
}

impl ToSchema for Number {
    fn to_schema(_components: &mut Components) -> RefOr<Schema> {
        Object::with_type(BasicType::Number).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        let figure: Figure = text.parse().expect("a figure");
        serde_json::to_string(&Number::from(&figure)).expect("serialises")
    }

    #[test]
    fn published_digits_are_kept() {
        for text in ["138.00", "0.9223", "1.25e-7", "12345678901234567890.123"] {
            assert_eq!(printed(text), text);
        }
    }

    #[test]
    fn leading_zeros_are_no_json() {
        assert_eq!(printed("007.50"), "7.5");
    }
}
