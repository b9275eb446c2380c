//! A point of a history.

use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use fx_domain::rate::{Quality, RateRecord};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::quoted::Quoted;
use super::view::VolatilityView;
use crate::notation::QualityName;
use crate::number::Number;

/// One rate of a history.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Point"))]
pub(crate) struct PointView {
    /// The provider's own time.
    #[salvo(schema(value_type = String, format = "date-time"))]
    source_ts: Timestamp,
    /// The price of one base in the quote currency.
    mid: Number,
    /// What a taker got for one base; null where the feed has mids only.
    bid: Option<Number>,
    /// What a taker paid for one base.
    ask: Option<Number>,
    /// As in a rate.
    price_stddev_20: Option<f64>,
    /// As in a rate.
    realized_vol: Option<f64>,
    /// As in a rate.
    ewma_vol: Option<f64>,
    /// `suspect` where it was held.
    #[salvo(schema(value_type = QualityName, example = "ok"))]
    quality: Quality,
}

impl PointView {
    pub(crate) fn new(record: &RateRecord, pair: Pair) -> Self {
        let Quoted { mid, bid, ask } = Quoted::new(&record.rate, pair);
        let volatility = VolatilityView::new(record.rate.volatility, pair == record.rate.pair);
        Self {
            source_ts: record.source_ts,
            mid,
            bid,
            ask,
            price_stddev_20: volatility.price_stddev_20,
            realized_vol: volatility.realized_vol,
            ewma_vol: volatility.ewma_vol,
            quality: record.rate.quality,
        }
    }

    pub(crate) const CSV_HEADER: &str = "source_ts,mid,bid,ask,price_stddev_20,realized_vol,ewma_vol,quality\n";

    /// As a line of CSV; nothing in it needs quotes.
    pub(crate) fn csv_line(&self) -> Result<String, serde_json::Error> {
        let value = serde_json::to_value(self.quality)?;
        let cells = [
            self.source_ts.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            serde_json::to_string(&self.mid)?,
            cell(self.bid.as_ref())?,
            cell(self.ask.as_ref())?,
            cell(self.price_stddev_20.as_ref())?,
            cell(self.realized_vol.as_ref())?,
            cell(self.ewma_vol.as_ref())?,
            value.as_str().unwrap_or_default().to_owned(),
        ];
        Ok(cells.join(",") + "\n")
    }
}

fn cell(number: Option<&impl Serialize>) -> Result<String, serde_json::Error> {
    number.map_or_else(|| Ok(String::new()), serde_json::to_string)
}
