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
use crate::notation::{IntervalName, Moment, PairCode, SourceName};
use crate::problem::Problem;
use crate::query::{Parsed, Query, Time};

/// Buckets of an answer where nothing else is asked for.
const BUCKETS: i32 = 500;

/// What an answer may hold.
pub(crate) struct Bounds {
    /// The most buckets of its span.
    pub(crate) most: i32,
    /// Whether an interval that is left out follows from the span.
    pub(crate) is_fitted: bool,
}

const BOUNDS: Bounds = Bounds { most: 10_000, is_fitted: false };

/// Which candles are wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct CandlesQuery {
    /// The width of a candle: 1m, 5m, 15m, 1h, 4h, or 1d where it is left out.
    #[salvo(parameter(value_type = Option<IntervalName>, example = "1h"))]
    interval: Option<Parsed<Interval>>,
    /// From the candle that holds this source time on; 500 buckets before `to` where it is left out.
    #[salvo(parameter(value_type = Option<Moment>, example = "2026-10-01"))]
    from: Option<Time>,
    /// Until before this source time; past the newest rate where it is left out.
    #[salvo(parameter(value_type = Option<Moment>, example = "2026-11-01T00:00:00Z"))]
    to: Option<Time>,
    /// The feed; the one that is believed now where it is left out.
    #[salvo(parameter(value_type = Option<SourceName>, example = "ecb"))]
    source: Option<Source>,
}

/// Candles, oldest first; an empty bucket has none.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Candles"))]
pub(crate) struct CandlesView {
    /// As it was asked for.
    #[salvo(schema(value_type = PairCode, example = "EURUSD"))]
    pair: Pair,
    /// The width of each.
    #[serde(serialize_with = "label")]
    #[salvo(schema(value_type = IntervalName, example = "1d"))]
    interval: Interval,
    /// Whose rates they are drawn from.
    #[salvo(schema(value_type = SourceName, example = "ecb"))]
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
    let drawn = drawn(&api, pair.0, &query.0, &BOUNDS).await?;
    let Drawn { pair, source, interval, now, candles } = drawn;
    let candles = candles.iter().map(|candle| CandleView::new(candle, interval, now)).collect();
    Ok(Json(CandlesView { pair, interval, source, candles }))
}

/// Candles of a pair in the direction that is asked for, oldest first.
pub(crate) struct Drawn {
    pub(crate) pair: Pair,
    pub(crate) source: Source,
    pub(crate) interval: Interval,
    /// The time by which a bucket is over.
    now: Timestamp,
    pub(crate) candles: Vec<Candle>,
}

/// Draws what `query` asks for.
pub(crate) async fn drawn(api: &Api, pair: Pair, query: &CandlesQuery, bounds: &Bounds) -> Result<Drawn, Problem> {
    let board = api.boards.current().await?;
    let reading = wanted(&board, pair, query.source.as_ref())?;
    let interval = query.interval(reading.record.source_ts, bounds);
    let (from, to) = query.span(interval, reading.record.source_ts, bounds)?;
    let source = reading.record.source.clone();
    let asked = CandleQuery { source: source.clone(), pair: pair.orient(), interval, from, to };
    let now = now_of(api, reading).await;
    let candles = api.drawing.candles(asked).await?;
    let turned = |candle: Candle| if pair == pair.orient() { candle } else { candle.inverse() };
    Ok(Drawn { pair, source, interval, now, candles: candles.into_iter().map(turned).collect() })
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
    fn to(&self, newest: Timestamp) -> Timestamp {
        self.to.map_or(newest + TimeDelta::microseconds(1), |to| to.0)
    }

    /// The interval that is asked for; else a day, or what gives the span the usual number of buckets.
    fn interval(&self, newest: Timestamp, bounds: &Bounds) -> Interval {
        let asked = self.interval.as_ref().map(|interval| interval.0);
        let span = self.from.filter(|_| bounds.is_fitted).map(|from| self.to(newest) - from.0);
        let fits = |span| Interval::ALL.into_iter().find(|interval| interval.width() * BUCKETS >= span);
        asked.or_else(|| span.and_then(fits)).unwrap_or(Interval::D1)
    }

    /// From when to when.
    fn span(&self, interval: Interval, newest: Timestamp, bounds: &Bounds) -> Result<(Timestamp, Timestamp), Problem> {
        let (to, most) = (self.to(newest), bounds.most);
        let from = self.from.map_or_else(|| to - interval.width() * BUCKETS, |from| from.0);
        if from >= to {
            return Err(Problem::unprocessable(format!("`from` {from} is not before `to` {to}")));
        }
        if to - from > interval.width() * most {
            let detail = format!(
                "{from} to {to} has more than {most} buckets of {interval}, ask for a wider interval or a shorter span"
            );
            return Err(Problem::unprocessable(detail));
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
