//! `GET /rates/{pair}/chart.svg`: the rate, its volatility below, and the episodes of alerts on it.

mod axis;
mod columns;
mod episodes;
mod figures;
mod look;
mod panels;
mod picture;
mod ticks;

use fx_store::rates::Moment;
use salvo::http::HeaderValue;
use salvo::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use salvo::oapi::{Components, EndpointOutRegister, Operation, endpoint};
use salvo::{Depot, Request, Response, Writer, async_trait};

use crate::accept::SVG;
use crate::context::Api;
use crate::problem::Problem;
use crate::query::Query;
use crate::rates::{Bounds, CandlesQuery, Drawn, PairInPath, drawn};

use columns::{Column, columns};
use picture::{Picture, Volatility};

/// A picture holds more than a page of numbers: 130 years of days.
const BOUNDS: Bounds = Bounds { most: 50_000, is_fitted: true };

/// A picture of the rate with its volatility and the episodes of alerts, in the reader's light or dark colours. Where no
/// interval is named, it is the one that gives the span about 500 candles.
#[endpoint(
    tags("rates"),
    responses((status_code = 200, description = "The picture.", content_type = "image/svg+xml", body = String))
)]
pub(crate) async fn rate_chart(api: Api, pair: PairInPath, query: Query<CandlesQuery>) -> Result<Svg, Problem> {
    let drawn = drawn(&api, pair.0, &query.0, &BOUNDS).await?;
    let columns = columns(&drawn.candles, drawn.interval.width());
    let volatility = volatility(&api, &drawn, &columns).await?;
    let episodes = match (columns.first(), columns.last()) {
        (Some(first), Some(last)) => episodes::within(&*api.context.alerts, drawn.pair, first.start, last.end).await?,
        _ => Vec::new(),
    };
    let picture =
        Picture { pair: drawn.pair, source: &drawn.source, interval: drawn.interval, columns, volatility, episodes };
    picture.svg().map(Svg).map_err(|error| Problem::internal(&error))
}

/// As it was at the end of each column.
async fn volatility(api: &Api, drawn: &Drawn, columns: &[Column]) -> Result<Vec<Volatility>, Problem> {
    let ends = columns.iter().map(|column| column.end - chrono::TimeDelta::microseconds(1));
    let moment = |at| Moment { source: drawn.source.clone(), pair: drawn.pair.orient(), at };
    let records = api.context.rates.at_or_before(ends.map(moment).collect()).await?;
    let shown = records.into_iter().flatten().map(|record| Volatility {
        at: record.source_ts,
        ewma: record.rate.volatility.ewma_vol,
        realized: record.rate.volatility.realized_vol,
    });
    Ok(shown.collect())
}

/// A picture, which may have its own colours and nothing else.
pub(crate) struct Svg(String);

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

#[async_trait]
impl Writer for Svg {
    async fn write(self, _req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        let headers = res.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(SVG));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        res.body(self.0);
    }
}

/// What it is is said at the endpoint.
impl EndpointOutRegister for Svg {
    fn register(_components: &mut Components, _operation: &mut Operation) {}
}
