//! Prices as they stand in messages: figures as JSON numbers with their scale, and their text only where number and scale
//! do not give back what was written.

use std::borrow::Cow;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::batch::Price;
use crate::figure::{Figure, FigureError};

/// Something that has a price: a quote's `code`, a published rate's `pair`. `scale` is that of `mid` or `bid`; `ask_scale`
/// stands where the ask's differs.
#[derive(Deserialize)]
pub(crate) struct PricedFields<'a, K> {
    #[serde(alias = "pair")]
    code: K,
    mid: Option<f64>,
    bid: Option<f64>,
    ask: Option<f64>,
    scale: u8,
    ask_scale: Option<u8>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    ask_text: Option<Cow<'a, str>>,
}

/// A message whose price makes no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PricedError {
    #[error("a price needs either `mid` or both `bid` and `ask`")]
    Sides,
    #[error(transparent)]
    Figure(#[from] FigureError),
}

impl<K> PricedFields<'_, K> {
    pub(crate) fn try_into_parts(self) -> Result<(K, Price), PricedError> {
        let first = |value| Figure::try_from_parts(value, self.scale, self.text.as_deref());
        let price = match (self.mid, self.bid, self.ask) {
            (Some(mid), None, None) => Price::Mid(first(mid)?),
            (None, Some(bid), Some(ask)) => {
                let scale = self.ask_scale.unwrap_or(self.scale);
                Price::BidAsk { bid: first(bid)?, ask: Figure::try_from_parts(ask, scale, self.ask_text.as_deref())? }
            }
            _ => return Err(PricedError::Sides),
        };
        Ok((self.code, price))
    }
}

pub(crate) fn serialize_priced<S: Serializer>(
    serializer: S,
    key: &'static str,
    value: &impl Serialize,
    price: &Price,
) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("Priced", 7)?;
    fields.serialize_field(key, value)?;
    let first = match price {
        Price::Mid(mid) => {
            fields.serialize_field("mid", &mid.value())?;
            mid
        }
        Price::BidAsk { bid, ask } => {
            fields.serialize_field("bid", &bid.value())?;
            fields.serialize_field("ask", &ask.value())?;
            bid
        }
    };
    fields.serialize_field("scale", &first.scale())?;
    if let Some(text) = first.text() {
        fields.serialize_field("text", text)?;
    }
    if let Price::BidAsk { bid, ask } = price {
        if ask.scale() != bid.scale() {
            fields.serialize_field("ask_scale", &ask.scale())?;
        }
        if let Some(text) = ask.text() {
            fields.serialize_field("ask_text", text)?;
        }
    }
    fields.end()
}
