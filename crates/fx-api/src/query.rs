//! Query strings, read strictly: an unknown or repeated parameter is refused by name, a wrong value with what would be
//! right.

mod values;

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use salvo::extract::Metadata;
use salvo::oapi::{Components, EndpointArgRegister, Operation, ToParameters};
use salvo::{Depot, Extractible, Request, Writer};
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use url::form_urlencoded;

use crate::problem::{Problem, shown};

pub(crate) use values::{Amount, Limit, List, Parsed, Switch, Time};

/// The query parameters of a request.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<'ex, T: DeserializeOwned + fmt::Debug + Send> Extractible<'ex> for Query<T> {
    fn metadata() -> &'static Metadata {
        static METADATA: OnceLock<Metadata> = OnceLock::new();
        METADATA.get_or_init(|| Metadata::new("Query"))
    }

    async fn extract(
        req: &'ex mut Request,
        _depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + fmt::Debug + 'static> {
        parse(req.uri().query().unwrap_or_default()).map(Self).map_err(|error| Problem::bad_request(error.to_string()))
    }
}

impl<T: EndpointArgRegister> EndpointArgRegister for Query<T> {
    fn register(components: &mut Components, operation: &mut Operation, arg: &str) {
        T::register(components, operation, arg);
    }
}

/// Where no parameter makes sense.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParameters {}

/// What is wrong with a query string.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    #[error("unknown query parameter `{}`, expected {expected}", shown(.name))]
    Unknown { name: String, expected: String },
    #[error("query parameter `{0}` stands more than once")]
    Repeated(String),
    #[error("query parameter `{0}` is missing")]
    Missing(String),
    #[error("query parameter `{parameter}`: {detail}")]
    Value { parameter: String, detail: String },
    #[error("{0}")]
    Other(String),
}

/// Reads a query string.
pub(crate) fn parse<T: DeserializeOwned>(query: &str) -> Result<T, QueryError> {
    T::deserialize(Parameters { pairs: form_urlencoded::parse(query.as_bytes()), value: None })
}

impl QueryError {
    fn within(self, parameter: &str) -> Self {
        match self {
            Self::Other(detail) => Self::Value { parameter: parameter.to_owned(), detail },
            other => other,
        }
    }
}

impl Error for QueryError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let expected = if expected.is_empty() { "none".to_owned() } else { expected.join(", ") };
        Self::Unknown { name: field.to_owned(), expected }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::Other(format!("`{}` is none of {}", shown(variant), expected.join(", ")))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Repeated(field.to_owned())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field.to_owned())
    }
}

struct Parameters<'a> {
    pairs: form_urlencoded::Parse<'a>,
    value: Option<Parameter<'a>>,
}

impl<'de> Deserializer<'de> for Parameters<'de> {
    type Error = QueryError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Parameters<'de> {
    type Error = QueryError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, QueryError> {
        let Some((name, text)) = self.pairs.next() else { return Ok(None) };
        let key: StrDeserializer<'_, QueryError> = name.as_ref().into_deserializer();
        let key = seed.deserialize(key)?;
        self.value = Some(Parameter { name, text });
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, QueryError> {
        let parameter = self.value.take().ok_or_else(|| QueryError::custom("a value before its name"))?;
        let name = parameter.name.clone();
        seed.deserialize(parameter).map_err(|error| error.within(&name))
    }
}

struct Parameter<'a> {
    name: Cow<'a, str>,
    text: Cow<'a, str>,
}

impl<'de> Deserializer<'de> for Parameter<'de> {
    type Error = QueryError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        visitor.visit_str(&self.text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, QueryError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, QueryError> {
        let text: StrDeserializer<'_, QueryError> = self.text.as_ref().into_deserializer();
        visitor.visit_enum(text)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use fx_domain::currency::Currency;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        base: Option<Currency>,
        limit: Option<Limit<1, 500>>,
    }

    fn refused(query: &str) -> String {
        parse::<Wanted>(query).expect_err("wrong").to_string()
    }

    #[test]
    fn what_is_right_is_read() {
        let wanted: Wanted = parse("base=%45ur&limit=20").expect("right");
        assert_eq!(wanted, Wanted { base: Some(Currency::EUR), limit: Some(Limit(20)) });
        assert_eq!(parse::<Wanted>("").expect("right"), Wanted { base: None, limit: None });
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(refused("bas=EUR"), "unknown query parameter `bas`, expected base, limit");
        assert_eq!(refused("limit=-1"), "query parameter `limit`: `-1` is no number from 1 to 500");
        assert_eq!(refused("limit=501"), "query parameter `limit`: `501` is no number from 1 to 500");
        assert!(refused("base=ZZZ").contains("query parameter `base`: unknown currency `ZZZ`"));
        assert_eq!(refused("base=EUR&base=USD"), "query parameter `base` stands more than once");
    }
}
