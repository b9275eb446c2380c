//! A rate as a row.

use chrono::DateTime;
use diesel::prelude::*;
use fx_domain::batch::Price;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::figure::Figure;
use fx_domain::pair::Pair;
use fx_domain::rate::{Origin, Published, Quality, Rate, RateRecord, Sides, SuspectReason, Volatility};

use super::schema::rates;
use crate::StoreError;

#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
// None is written as NULL, so that every row has the same statement and it is prepared once.
#[diesel(table_name = rates, primary_key(source, pair, source_ts))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct Row {
    pub(super) source: String,
    pub(super) pair: String,
    pub(super) source_ts: i64,
    pub(super) fetched_at: i64,
    pub(super) ingested_at: i64,
    pub(super) mid: f64,
    pub(super) bid: Option<f64>,
    pub(super) ask: Option<f64>,
    pub(super) inverted: bool,
    pub(super) scale: Option<i16>,
    pub(super) ask_scale: Option<i16>,
    pub(super) figure: Option<String>,
    pub(super) ask_figure: Option<String>,
    pub(super) pivot: Option<String>,
    pub(super) precision_bp: f64,
    pub(super) quality: i16,
    pub(super) reason: Option<i16>,
    pub(super) price_stddev_20: Option<f64>,
    pub(super) realized_vol: Option<f64>,
    pub(super) ewma_vol: Option<f64>,
    pub(super) older_leg_ts: Option<i64>,
}

/// The columns that say what the rate is.
#[derive(Default)]
struct Figures {
    mid: f64,
    bid: Option<f64>,
    ask: Option<f64>,
    inverted: bool,
    scale: Option<i16>,
    ask_scale: Option<i16>,
    figure: Option<String>,
    ask_figure: Option<String>,
    pivot: Option<String>,
}

impl Figures {
    fn of(rate: &Rate) -> Self {
        match &rate.origin {
            Origin::Published(published) => Self::of_published(rate.pair, published),
            Origin::Derived(legs) => Self {
                mid: rate.sides.mid,
                bid: rate.sides.bid_ask.map(|(bid, _)| bid),
                ask: rate.sides.bid_ask.map(|(_, ask)| ask),
                pivot: pivot(rate.pair, legs[0]).map(|pivot| pivot.to_string()),
                ..Self::default()
            },
        }
    }

    fn of_published(pair: Pair, published: &Published) -> Self {
        let (mid, inverted) = (published.price.mid(), published.pair != pair);
        let text = |figure: &Figure| figure.text().map(str::to_owned);
        match &published.price {
            Price::Mid(figure) => {
                Self { mid, inverted, scale: Some(figure.scale().into()), figure: text(figure), ..Self::default() }
            }
            Price::BidAsk { bid, ask } => Self {
                mid,
                inverted,
                bid: Some(bid.value()),
                ask: Some(ask.value()),
                scale: Some(bid.scale().into()),
                ask_scale: Some(ask.scale().into()),
                figure: text(bid),
                ask_figure: text(ask),
                ..Self::default()
            },
        }
    }
}

/// What the first leg of a derived pair has that the pair has not.
fn pivot(pair: Pair, leg: Pair) -> Option<Currency> {
    [leg.base(), leg.quote()].into_iter().find(|&side| side != pair.base() && side != pair.quote())
}

impl From<RateRecord> for Row {
    fn from(record: RateRecord) -> Self {
        let figures = Figures::of(&record.rate);
        let rate = record.rate;
        Self {
            source: record.source.to_string(),
            pair: rate.pair.to_string(),
            source_ts: record.source_ts.timestamp_micros(),
            fetched_at: record.fetched_at.timestamp_micros(),
            ingested_at: record.ingested_at.timestamp_micros(),
            mid: figures.mid,
            bid: figures.bid,
            ask: figures.ask,
            inverted: figures.inverted,
            scale: figures.scale,
            ask_scale: figures.ask_scale,
            figure: figures.figure,
            ask_figure: figures.ask_figure,
            pivot: figures.pivot,
            precision_bp: rate.precision_bp,
            quality: rate.quality as i16,
            reason: rate.reason.map(|reason| reason as i16),
            price_stddev_20: rate.volatility.price_stddev_20,
            realized_vol: rate.volatility.realized_vol,
            ewma_vol: rate.volatility.ewma_vol,
            older_leg_ts: rate.older_leg_ts.map(|at| at.timestamp_micros()),
        }
    }
}

impl TryFrom<Row> for RateRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let pair: Pair = row.pair.parse().map_err(unreadable)?;
        let origin = row.origin(pair)?;
        let sides = match &origin {
            Origin::Published(published) => published.sides_of(pair),
            Origin::Derived(_) => Sides { mid: row.mid, bid_ask: row.bid.zip(row.ask) },
        };
        Ok(Self {
            source: row.source.parse().map_err(unreadable)?,
            source_ts: time(row.source_ts)?,
            fetched_at: time(row.fetched_at)?,
            ingested_at: time(row.ingested_at)?,
            rate: Rate {
                pair,
                sides,
                origin,
                precision_bp: row.precision_bp,
                quality: quality(row.quality)?,
                reason: row.reason.map(reason).transpose()?,
                volatility: Volatility {
                    price_stddev_20: row.price_stddev_20,
                    realized_vol: row.realized_vol,
                    ewma_vol: row.ewma_vol,
                },
                older_leg_ts: row.older_leg_ts.map(time).transpose()?,
            },
        })
    }
}

impl Row {
    pub(super) fn key(&self) -> (&str, &str, i64) {
        (&self.source, &self.pair, self.source_ts)
    }

    fn origin(&self, pair: Pair) -> Result<Origin, StoreError> {
        if let Some(pivot) = &self.pivot {
            let pivot: Currency = pivot.parse().map_err(unreadable)?;
            let leg = |side| Pair::oriented(side, pivot).map_err(unreadable);
            return Ok(Origin::Derived([leg(pair.base())?, leg(pair.quote())?]));
        }
        let first = self.scale;
        let price = match (self.bid, self.ask) {
            (Some(bid), Some(ask)) => Price::BidAsk {
                bid: figure(bid, first, self.figure.as_deref())?,
                ask: figure(ask, self.ask_scale, self.ask_figure.as_deref())?,
            },
            _ => Price::Mid(figure(self.mid, first, self.figure.as_deref())?),
        };
        let pair = if self.inverted { pair.inverse() } else { pair };
        Ok(Origin::Published(Box::new(Published { pair, price })))
    }
}

fn figure(value: f64, scale: Option<i16>, text: Option<&str>) -> Result<Figure, StoreError> {
    let scale = scale.and_then(|scale| u8::try_from(scale).ok());
    let scale = scale.ok_or_else(|| StoreError::Row("a published rate needs a scale".to_owned()))?;
    Figure::try_from_parts(value, scale, text).map_err(unreadable)
}

/// The rows of these records in the order of their key, of each only the newest version, and of two equal ones the first.
pub(super) fn newest_versions(records: Vec<RateRecord>) -> Vec<Row> {
    let mut rows: Vec<Row> = records.into_iter().map(Row::from).collect();
    rows.sort_by(|a, b| a.key().cmp(&b.key()).then(b.fetched_at.cmp(&a.fetched_at)));
    rows.dedup_by(|later, kept| later.key() == kept.key());
    rows
}

fn time(micros: i64) -> Result<Timestamp, StoreError> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| StoreError::Row(format!("no time: {micros} µs since 1970")))
}

fn quality(stored: i16) -> Result<Quality, StoreError> {
    [Quality::Ok, Quality::Unusual, Quality::Suspect]
        .into_iter()
        .find(|&quality| quality as i16 == stored)
        .ok_or_else(|| StoreError::Row(format!("no quality: {stored}")))
}

fn reason(stored: i16) -> Result<SuspectReason, StoreError> {
    [SuspectReason::DecimalShift, SuspectReason::Inversion, SuspectReason::Jump]
        .into_iter()
        .find(|&reason| reason as i16 == stored)
        .ok_or_else(|| StoreError::Row(format!("no reason: {stored}")))
}

fn unreadable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Row(error.to_string())
}
