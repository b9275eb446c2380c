//! `GET /rates/{pair}/candles`

use chrono::TimeDelta;
use fx_domain::candle::{Candle, Interval};
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedState, Source};
use fx_domain::pair::Pair;
use fx_store::rates::CandleQuery;
use salvo::Writer;
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::writing::Json;
use serde::{Deserialize, Serialize, Serializer};

use super::{PairInPath, wanted};
use crate::board::Reading;
use crate::context::Api;
use crate::problem::Problem;
use crate::query::{Parsed, Query, Time};

/// Buckets of an answer where nothing else is asked for.
const BUCKETS: i32 = 500;

/// The most buckets of an answer.
const MOST_BUCKETS: i32 = 10_000;

/// Which candles are wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct CandlesQuery {
    /// The width of a candle: 1m, 5m, 15m, 1h, 4h, or 1d where it is left out.
    #[salvo(parameter(value_type = Option<String>, example = "1h"))]
    interval: Option<Parsed<Interval>>,
    /// From the candle that holds this source time on; 500 buckets before `to` where it is left out.
    #[salvo(parameter(value_type = Option<String>, example = "2026-10-01"))]
    from: Option<Time>,
    /// Until before this source time; past the newest rate where it is left out.
    #[salvo(parameter(value_type = Option<String>, example = "2026-11-01T00:00:00Z"))]
    to: Option<Time>,
    /// The feed; the one that is believed now where it is left out.
    #[salvo(parameter(value_type = Option<String>, example = "ecb"))]
    source: Option<Source>,
}

/// Candles, oldest first; an empty bucket has none.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Candles"))]
pub(crate) struct CandlesView {
    /// As it was asked for.
    #[salvo(schema(value_type = String, example = "EURUSD"))]
    pair: Pair,
    /// The width of each.
    #[serde(serialize_with = "label")]
    #[salvo(schema(value_type = String, example = "1d"))]
    interval: Interval,
    /// Whose rates they are drawn from.
    #[salvo(schema(value_type = String, example = "ecb"))]
    source: Source,
    /// The candles.
    candles: Vec<CandleView>,
}

/// Open, high, low and close of one bucket.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Candle"))]
struct CandleView {
    /// Where the bucket begins.
    #[salvo(schema(value_type = String, format = "date-time"))]
    start: Timestamp,
    /// The first mid.
    open: f64,
    /// The highest.
    high: f64,
    /// The lowest.
    low: f64,
    /// The last.
    close: f64,
    /// How many rates there were.
    count: u64,
    /// Whether the bucket is over.
    complete: bool,
}

/// Candles of one feed's accepted mids in UTC-aligned buckets.
#[endpoint(tags("rates"))]
pub(crate) async fn rate_candles(
    api: Api,
    pair: PairInPath,
    query: Query<CandlesQuery>,
) -> Result<Json<CandlesView>, Problem> {
    let (PairInPath(pair), Query(query)) = (pair, query);
    let board = api.boards.current().await?;
    let reading = wanted(&board, pair, query.source.as_ref())?;
    let interval = query.interval.map_or(Interval::D1, |interval| interval.0);
    let (from, to) = query.span(interval, reading.record.source_ts)?;
    let source = reading.record.source.clone();
    let drawn = CandleQuery { source: source.clone(), pair: pair.orient(), interval, from, to };
    let now = now_of(&api, reading).await;
    let candles = api.context.rates.candles(drawn).await?;
    let turned = |candle: Candle| if pair == pair.orient() { candle } else { candle.inverse() };
    let candles = candles.into_iter().map(|candle| CandleView::new(&turned(candle), interval, now)).collect();
    Ok(Json(CandlesView { pair, interval, source, candles }))
}

/// The time by which a bucket is over: of a replay, the recording's own.
async fn now_of(api: &Api, reading: &Reading) -> Timestamp {
    let feeds = api.latest.feeds().await;
    let is_replayed = feeds.iter().any(|feed| {
        feed.source == reading.record.source
            && feed.status.as_ref().is_some_and(|status| status.state == FeedState::Replay)
    });
    if is_replayed { reading.record.source_ts } else { api.context.clock.now() }
}

impl CandlesQuery {
    /// From when to when, with at most so many buckets.
    fn span(&self, interval: Interval, newest: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
        let to = self.to.map_or(newest + TimeDelta::microseconds(1), |to| to.0);
        let from = self.from.map_or_else(|| to - interval.width() * BUCKETS, |from| from.0);
        if from >= to {
            return Err(Problem::bad_request(format!("`from` {from} is not before `to` {to}")));
        }
        if to - from > interval.width() * MOST_BUCKETS {
            let detail = format!(
                "{from} to {to} has more than {MOST_BUCKETS} buckets of {interval}, ask for a wider interval or a shorter span"
            );
            return Err(Problem::bad_request(detail));
        }
        Ok((from, to))
    }
}

impl CandleView {
    fn new(candle: &Candle, interval: Interval, now: Timestamp) -> Self {
        let complete = candle.is_complete(interval, now);
        let Candle { start, open, high, low, close, count } = *candle;
        Self { start, open, high, low, close, count, complete }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is given by serde")]
fn label<S: Serializer>(interval: &Interval, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(interval.label())
}
