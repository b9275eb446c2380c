//! `GET /rates/{pair}/history`: a page of JSON, or the whole of it as CSV or newline-delimited JSON.

use std::sync::Arc;

use futures::stream::try_unfold;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_store::rates::{HistoryQuery, Order, RateStore};
use salvo::http::HeaderValue;
use salvo::http::header::{CONTENT_TYPE, VARY};
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::writing::Json;
use salvo::{Request, Response, Scribe, Writer};
use serde::{Deserialize, Serialize};

use super::pages::{Cursor, read_page};
use super::point::PointView;
use super::{PairInPath, wanted};
use crate::accept::{CSV, JSON, NDJSON, chosen};
use crate::context::Api;
use crate::notation::{HistoryCursor, Moment, PairCode, SourceName};
use crate::problem::Problem;
use crate::query::{Limit, Query, Time};

/// Points of a page where nothing else is asked for.
const PAGE: u32 = 500;

/// Which part of the history is wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct PartQuery {
    /// From this source time on.
    #[salvo(parameter(value_type = Option<Moment>, example = "2026-10-01"))]
    from: Option<Time>,
    /// Until before this source time.
    #[salvo(parameter(value_type = Option<Moment>, example = "2026-11-01T00:00:00Z"))]
    to: Option<Time>,
    /// At most so many points: 500 of a JSON page where it is left out, all of CSV and NDJSON.
    #[salvo(parameter(value_type = Option<u32>, minimum = 1, maximum = 10_000))]
    limit: Option<Limit<1, 10_000>>,
    /// Oldest first (`asc`) where it is left out.
    order: Option<Direction>,
    /// Goes on where the page before ended: its `next_cursor`.
    #[salvo(parameter(value_type = Option<HistoryCursor>))]
    cursor: Option<String>,
    /// The feed; the one that is believed now where it is left out.
    #[salvo(parameter(value_type = Option<SourceName>, example = "ecb"))]
    source: Option<Source>,
}

/// Which way a history is read.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[salvo(schema(name = "Order"))]
enum Direction {
    /// Oldest first.
    #[default]
    Asc,
    /// Newest first.
    Desc,
}

/// A page of a history.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "History"))]
pub(crate) struct HistoryView {
    /// As it was asked for.
    #[salvo(schema(value_type = PairCode, example = "EURUSD"))]
    pair: Pair,
    /// Whose rates they are.
    #[salvo(schema(value_type = SourceName, example = "ecb"))]
    source: Source,
    /// How many points there are.
    count: usize,
    /// Held rates included.
    points: Vec<PointView>,
    /// Where the next page goes on; null at the end.
    next_cursor: Option<String>,
}

/// The rates of one feed for a pair, by source time. `Accept: text/csv` and `application/x-ndjson` stream the points
/// without a limit.
#[endpoint(
    tags("rates"),
    responses(
        (status_code = 200, description = "A page, or all points.", content(
            ("application/json" = HistoryView), ("text/csv" = String), ("application/x-ndjson" = PointView)
        ))
    )
)]
pub(crate) async fn rate_history(
    api: Api,
    pair: PairInPath,
    query: Query<PartQuery>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let PairInPath(pair) = pair;
    let limit = query.0.limit;
    let part = part(&api, pair, query.0).await?;
    res.headers_mut().insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    match chosen(req, &[JSON, CSV, NDJSON]) {
        Some(CSV) => stream(res, Arc::clone(&api.context.rates), part, pair, limit, Format::Csv),
        Some(NDJSON) => stream(res, Arc::clone(&api.context.rates), part, pair, limit, Format::Ndjson),
        _ => Json(page(&*api.context.rates, part, pair).await?).render(res),
    }
    Ok(())
}

/// What to ask the store for.
async fn part(api: &Api, pair: Pair, query: PartQuery) -> Result<HistoryQuery, Problem> {
    let cursor: Option<Cursor> = query.cursor.map(|cursor| cursor.parse()).transpose()?;
    let source = match (query.source, &cursor) {
        (Some(source), Some(cursor)) if source != cursor.source => {
            let detail = format!("query parameter `cursor` goes on with `{}`, not with `{source}`", cursor.source);
            return Err(Problem::unprocessable(detail));
        }
        (Some(source), _) => wanted(&*api.boards.current().await?, pair, Some(&source))?.record.source.clone(),
        (None, Some(cursor)) => cursor.source.clone(),
        (None, None) => wanted(&*api.boards.current().await?, pair, None)?.record.source.clone(),
    };
    if let (Some(from), Some(to)) = (query.from, query.to)
        && from.0 >= to.0
    {
        return Err(Problem::unprocessable(format!("`from` {} is not before `to` {}", from.0, to.0)));
    }
    Ok(HistoryQuery {
        source,
        pair: pair.orient(),
        from: query.from.map(|from| from.0),
        to: query.to.map(|to| to.0),
        order: match query.order.unwrap_or_default() {
            Direction::Asc => Order::Ascending,
            Direction::Desc => Order::Descending,
        },
        after: cursor.map(|cursor| cursor.after),
        limit: query.limit.map_or(PAGE, |limit| limit.0),
    })
}

async fn page(store: &dyn RateStore, part: HistoryQuery, pair: Pair) -> Result<HistoryView, Problem> {
    let (records, has_more) = read_page(store, &part).await?;
    let last = records.last().filter(|_| has_more);
    Ok(HistoryView {
        pair,
        count: records.len(),
        next_cursor: last.map(|last| Cursor { source: part.source.clone(), after: last.source_ts }.to_string()),
        points: records.iter().map(|record| PointView::new(record, pair)).collect(),
        source: part.source,
    })
}

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Ndjson,
}

impl Format {
    fn line(self, point: &PointView) -> Result<String, serde_json::Error> {
        match self {
            Self::Csv => point.csv_line(),
            Self::Ndjson => serde_json::to_string(point).map(|line| line + "\n"),
        }
    }
}

/// Sends page after page, each read when the one before has gone out.
fn stream(
    res: &mut Response,
    store: Arc<dyn RateStore>,
    part: HistoryQuery,
    pair: Pair,
    limit: Option<Limit<1, 10_000>>,
    format: Format,
) {
    let (media, header) = match format {
        Format::Csv => ("text/csv; charset=utf-8", PointView::CSV_HEADER),
        Format::Ndjson => (NDJSON, ""),
    };
    res.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    let begun = (header.to_owned(), Some(part));
    res.stream(try_unfold(begun, move |(mut text, part)| {
        let store = Arc::clone(&store);
        async move {
            let Some(mut part) = part else { return Ok::<_, StreamFailed>(None) };
            let (records, has_more) = read_page(&*store, &part).await.map_err(|_| StreamFailed)?;
            for record in &records {
                text += &format.line(&PointView::new(record, pair)).map_err(|_| StreamFailed)?;
            }
            part.after = records.last().map(|record| record.source_ts);
            let next = (has_more && limit.is_none()).then_some(part);
            Ok(Some((text, (String::new(), next))))
        }
    }));
}

/// The store failed half way: the connection breaks off, so that nobody takes the part for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the history could not be read to its end")]
struct StreamFailed;
