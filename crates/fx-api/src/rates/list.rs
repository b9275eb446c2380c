//! `GET /rates`

use std::str::FromStr;

use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::feed::{Source, SourceError};
use fx_domain::pair::Pair;
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::{Request, Writer};
use serde::{Deserialize, Serialize};

use super::view::{RateView, micros};
use crate::board::{Board, Reading};
use crate::context::Api;
use crate::notation::{self, CurrencyCode, PairName};
use crate::prepared::Prepared;
use crate::problem::Problem;
use crate::query::{List, Parsed, Switch, parse};

/// Which rates are wanted; every condition narrows.
#[derive(Debug, Default, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct RatesQuery {
    /// These pairs, in these directions, with commas between them.
    #[salvo(parameter(value_type = Option<Vec<PairName>>, style = Form, explode = false, min_items = 1, example = json!(["EURUSD", "USDJPY"])))]
    pairs: Option<List<Pair>>,
    /// Pairs of this currency, each turned so that it is the base.
    #[salvo(parameter(value_type = Option<CurrencyCode>, example = "USD"))]
    base: Option<Currency>,
    /// Pairs among these currencies; with `base`, the currencies against it.
    #[salvo(parameter(value_type = Option<Vec<CurrencyCode>>, style = Form, explode = false, min_items = 1, example = json!(["EUR", "GBP"])))]
    symbols: Option<List<Currency>>,
    /// The rates of this feed, or `*` for those of every feed; the believed one of each pair where it is left out.
    #[salvo(parameter(value_type = Option<notation::SourceChoice>, example = "ecb"))]
    source: Option<Parsed<SourceChoice>>,
    /// Only derived rates, or only published ones.
    #[salvo(parameter(value_type = Option<bool>))]
    derived: Option<Switch>,
}

/// Which feeds' rates.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SourceChoice {
    Every,
    One(Source),
}

impl FromStr for SourceChoice {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        if text == "*" { Ok(Self::Every) } else { text.parse().map(Self::One) }
    }
}

/// The latest rates.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Rates"))]
pub(crate) struct RatesView {
    /// When ages were computed.
    #[salvo(schema(value_type = String, format = "date-time"))]
    as_of: Timestamp,
    /// How many there are.
    count: usize,
    /// By pair.
    rates: Vec<RateView>,
}

impl RatesView {
    /// The rates of `board` that `query` asks for.
    pub(crate) fn new(board: &Board, query: &RatesQuery) -> Self {
        let readings: Vec<&Reading> = match &query.source {
            None => board.preferred().collect(),
            Some(Parsed(SourceChoice::Every)) => board.all().collect(),
            Some(Parsed(SourceChoice::One(source))) => {
                board.all().filter(|reading| reading.record.source == *source).collect()
            }
        };
        let of_kind = |reading: &&&Reading| query.derived.is_none_or(|only| only.0 == reading.record.rate.is_derived());
        let readings = readings.iter().filter(of_kind);
        let rates: Vec<_> = readings
            .filter_map(|reading| query.direction(reading.record.rate.pair).map(|pair| RateView::new(reading, pair)))
            .collect();
        Self { as_of: board.at, count: rates.len(), rates }
    }
}

impl RatesQuery {
    /// The believed rates of `pairs`, or of all.
    pub(crate) fn of_pairs(pairs: Option<Vec<Pair>>) -> Self {
        Self { pairs: pairs.map(List), ..Self::default() }
    }

    /// The direction in which a stored pair is wanted; `None` where it is not.
    fn direction(&self, stored: Pair) -> Option<Pair> {
        let pair = match &self.pairs {
            Some(List(pairs)) => *pairs.iter().find(|pair| pair.orient() == stored)?,
            None => stored,
        };
        let pair = match self.base {
            Some(base) if pair.quote() == base => pair.inverse(),
            Some(base) if pair.base() != base => return None,
            _ => pair,
        };
        let is_symbol = |currency| self.symbols.as_ref().is_none_or(|symbols| symbols.0.contains(&currency));
        (is_symbol(pair.quote()) && (self.base.is_some() || is_symbol(pair.base()))).then_some(pair)
    }
}

/// The latest rates, one per pair: that of the most trusted feed that is not stale.
#[endpoint(
    tags("rates"),
    parameters(RatesQuery),
    responses((status_code = 200, description = "The rates, by pair.", body = RatesView))
)]
pub(crate) async fn list_rates(api: Api, req: &mut Request) -> Result<Prepared, Problem> {
    let board = api.boards.current().await?;
    let question = req.uri().query().unwrap_or_default();
    if let Some(body) = board.body(question) {
        return Ok(body);
    }
    let query: RatesQuery = parse(question).map_err(|error| Problem::bad_request(error.to_string()))?;
    let body = Prepared::new(&RatesView::new(&board, &query), &micros(board.at))?;
    board.keep_body(question, body.clone());
    Ok(body)
}
