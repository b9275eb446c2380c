//! `GET /convert`

mod exact;

use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::{Origin, Quality, RateRecord};
use rust_decimal::{Decimal, RoundingStrategy};
use salvo::Writer;
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::writing::Json;
use serde::{Deserialize, Serialize};

use crate::board::{Board, Reading};
use crate::context::Api;
use crate::notation::{AmountText, CurrencyCode, Moment, PairCode, QualityName, SourceName};
use crate::number::Number;
use crate::problem::Problem;
use crate::query::{Amount, Query, Time};
use crate::rates::{Quoted, wanted};

/// Digits of an amount in what has no minor unit, such as gold.
const DIGITS_WITHOUT_MINOR_UNIT: u16 = 6;

/// What to convert.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct ConvertQuery {
    /// What is given.
    #[salvo(parameter(value_type = CurrencyCode, example = "EUR"))]
    from: Currency,
    /// What is wanted.
    #[salvo(parameter(value_type = CurrencyCode, example = "JPY"))]
    to: Currency,
    /// How much is given, above zero.
    #[salvo(parameter(value_type = AmountText, example = "100"))]
    amount: Amount,
    /// By the rates that stood at this time; the latest where it is left out.
    #[salvo(parameter(value_type = Option<Moment>, example = "2026-10-30T15:00:00Z"))]
    at: Option<Time>,
}

/// An amount in another currency.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Conversion"))]
pub(crate) struct ConversionView {
    /// What is given.
    #[salvo(schema(value_type = CurrencyCode, example = "EUR"))]
    from: Currency,
    /// What is wanted.
    #[salvo(schema(value_type = CurrencyCode, example = "JPY"))]
    to: Currency,
    /// How much is given.
    amount: Number,
    /// What it is worth by the mid: computed in decimals, rounded half to even to the minor unit at the end.
    result: Number,
    /// The price of one `from` in `to`.
    rate: Number,
    /// The pairs that the rate was read from: none for one and the same currency, one, or two legs.
    #[salvo(schema(value_type = Vec<PairCode>))]
    path: Vec<Pair>,
    /// Whose rate it is.
    #[salvo(schema(value_type = Option<SourceName>, example = "ecb"))]
    source: Option<Source>,
    /// The provider's own time.
    #[salvo(schema(value_type = Option<String>, format = "date-time"))]
    source_ts: Option<Timestamp>,
    /// Whether the rate was too old to be relied on.
    stale: bool,
    /// What is thought of the rate.
    #[salvo(schema(value_type = Option<QualityName>, example = "ok"))]
    quality: Option<Quality>,
}

/// What an amount is worth in another currency, by the mid of the believed rate.
#[endpoint(tags("currencies"))]
pub(crate) async fn convert(api: Api, query: Query<ConvertQuery>) -> Result<Json<ConversionView>, Problem> {
    let Query(ConvertQuery { from, to, amount, at }) = query;
    let amount = amount.decimal().map_err(Problem::unprocessable)?;
    let Ok(pair) = Pair::try_new(from, to) else {
        return Ok(Json(same_currency(from, amount)?));
    };
    let board = api.boards.current().await?;
    let board = match at {
        None => board,
        Some(Time(at)) if at > board.at => {
            return Err(Problem::unprocessable(format!(
                "at {at} lies in the future, expected a time up to {}",
                board.at
            )));
        }
        Some(Time(at)) => api.boards.past(&board, pair, at).await?.into(),
    };
    let reading = wanted(&board, pair, None)?;
    converted(&board, reading, pair, amount).map(Json)
}

fn converted(board: &Board, reading: &Reading, pair: Pair, amount: Decimal) -> Result<ConversionView, Problem> {
    let legs = legs(board, &reading.record);
    let worth = exact::worth(amount, pair, &reading.record, legs.as_deref());
    let worth = worth.ok_or_else(|| {
        Problem::unprocessable(format!("amount `{amount}` is too large to be told in {}", pair.quote()))
    })?;
    Ok(ConversionView {
        from: pair.base(),
        to: pair.quote(),
        amount: number(amount)?,
        result: number(rounded(worth, pair.quote()))?,
        rate: Quoted::new(&reading.record.rate, pair).mid,
        path: reading.record.rate.path().collect(),
        source: Some(reading.record.source.clone()),
        source_ts: Some(reading.record.source_ts),
        stale: reading.is_stale,
        quality: Some(reading.record.rate.quality),
    })
}

/// The legs of a derived rate, where they are still those that it was derived from.
fn legs<'a>(board: &'a Board, record: &RateRecord) -> Option<Vec<&'a RateRecord>> {
    let Origin::Derived(pairs) = record.rate.origin else { return None };
    let leg = |pair| board.reading(pair, Some(&record.source)).map(|reading| &reading.record);
    let legs: Option<Vec<&RateRecord>> = pairs.into_iter().map(leg).collect();
    legs.filter(|legs| {
        let times = || legs.iter().map(|leg| leg.source_ts);
        times().max() == Some(record.source_ts) && times().min() == Some(record.aged_from())
    })
}

fn same_currency(currency: Currency, amount: Decimal) -> Result<ConversionView, Problem> {
    Ok(ConversionView {
        from: currency,
        to: currency,
        amount: number(amount)?,
        result: number(rounded(amount, currency))?,
        rate: number(Decimal::ONE)?,
        path: Vec::new(),
        source: None,
        source_ts: None,
        stale: false,
        quality: None,
    })
}

/// To the minor unit, with all its digits.
fn rounded(amount: Decimal, currency: Currency) -> Decimal {
    let digits = u32::from(currency.minor_unit().unwrap_or(DIGITS_WITHOUT_MINOR_UNIT));
    let mut rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven);
    rounded.rescale(digits);
    rounded
}

fn number(decimal: Decimal) -> Result<Number, Problem> {
    Number::exact(decimal.to_string()).ok_or_else(|| Problem::internal(&"a decimal is no JSON number"))
}
