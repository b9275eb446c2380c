//! `/rates` and what hangs on it.

mod candles;
mod drawing;
mod history;
mod list;
mod pages;
mod pair_in_path;
mod point;
mod quoted;
mod view;

use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use salvo::Writer;
use salvo::oapi::ToParameters;
use salvo::oapi::endpoint;
use salvo::writing::Json;
use serde::Deserialize;

use crate::board::{Board, Reading};
use crate::context::Api;
use crate::notation::SourceName;
use crate::problem::Problem;
use crate::query::Query;

pub(crate) use candles::{Bounds, CandlesQuery, Drawn, drawn, rate_candles};
pub(crate) use drawing::Drawing;
pub(crate) use history::rate_history;
pub(crate) use list::{RatesQuery, RatesView, list_rates};
pub(crate) use pair_in_path::PairInPath;
pub(crate) use quoted::Quoted;
pub(crate) use view::RateView;

/// Which rate of a pair is wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct RateQuery {
    /// The feed; the believed one where it is left out.
    #[salvo(parameter(value_type = Option<SourceName>, example = "ecb"))]
    source: Option<Source>,
}

/// The latest rate of a pair, in whichever direction it is asked for.
#[endpoint(tags("rates"))]
pub(crate) async fn show_rate(api: Api, pair: PairInPath, query: Query<RateQuery>) -> Result<Json<RateView>, Problem> {
    let board = api.boards.current().await?;
    let reading = wanted(&board, pair.0, query.0.source.as_ref())?;
    Ok(Json(RateView::new(reading, pair.0)))
}

/// The reading of a pair, or what to say where there is none.
pub(crate) fn wanted<'a>(board: &'a Board, pair: Pair, source: Option<&Source>) -> Result<&'a Reading, Problem> {
    board.reading(pair, source).ok_or_else(|| {
        let known: Vec<&str> = board.sources(pair).map(Source::as_str).collect();
        match source {
            Some(source) if !known.is_empty() => Problem::not_found(format!(
                "`{source}` has no rate of {pair}, those that have are {}",
                known.join(", ")
            )),
            _ => Problem::not_found(format!(
                "there is no rate of {pair}: both currencies are known, but no feed has sent them"
            )),
        }
    })
}
