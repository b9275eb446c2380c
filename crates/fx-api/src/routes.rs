//! Which path has which handler, and what stands before them.

use salvo::caching_headers::ETag;
use salvo::catcher::Catcher;
use salvo::compression::{Compression, CompressionLevel};
use salvo::cors::Cors;
use salvo::http::header::ACCEPT_ENCODING;
use salvo::http::{Method, mime};
use salvo::prelude::CatchPanic;
use salvo::{Depot, Request, Router, Service};
use tokio_util::sync::CancellationToken;

use crate::about::show_about;
use crate::accept::{CSV, EVENTS, JSON, NDJSON, Produces, SVG, TEXT};
use crate::access::Access;
use crate::alerts::{
    acknowledge_alert, alert_history, backtest_alert, change_alert, create_alert, delete_alert, list_alerts,
    resume_alert, show_alert, snooze_alert,
};
use crate::channels::{create_channel, delete_channel, list_channels, rotate_secret, show_channel, test_channel};
use crate::chart::rate_chart;
use crate::connections::Unhurried;
use crate::context::{ApiContext, ProvideState, State};
use crate::convert::convert;
use crate::currencies::list_currencies;
use crate::deliveries::{list_deliveries, replay_delivery};
use crate::document::ApiDocument;
use crate::error::ApiError;
use crate::feeds::list_feeds;
use crate::guard::{KnownHosts, KnownOrigins, SafeHeaders};
use crate::health::{show_health, show_live, show_metrics, show_ready};
use crate::metrics::CountRequests;
use crate::problem::OnlyFor;
use crate::rates::{list_rates, rate_candles, rate_history, show_rate};
use crate::stream::follow_stream;
use crate::{metrics, page};

/// Whether the answers of GET are given to HEAD as well, without their bodies. The description of the API leaves that out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heads {
    Served,
    LeftOut,
}

macro_rules! read {
    ($heads:ident, $path:literal, [$($media:ident),*], $handler:ident) => {
        read!($heads, at Router::with_path($path), [$($media),*], $handler)
    };
    ($heads:ident, at $router:expr, [$($media:ident),*], $handler:ident) => {{
        let route = $router.hoop(Produces(&[$($media),*])).get($handler);
        if $heads == Heads::Served { route.head($handler) } else { route }
    }};
}

macro_rules! write {
    ($path:literal, $handler:ident) => {
        Router::with_path($path).hoop(Produces(&[JSON])).post($handler)
    };
}

/// The whole service, ready for a server or a test. Its followers of the log run until `stopping`.
///
/// # Errors
/// Where the description of the API cannot be made, or the file of keys cannot be used.
pub fn service(context: ApiContext, stopping: CancellationToken) -> Result<Service, ApiError> {
    metrics::describe();
    let has_keys = context.settings.keys_file.is_some();
    let document = ApiDocument::new(&router(Heads::LeftOut), has_keys).map_err(|_| ApiError::Document)?;
    let pages = Router::new().push(Router::with_path("openapi.json").hoop(Produces(&[JSON])).get(document));
    let pages = pages.push(page::dashboard()).push(page::docs());
    let (hosts, cors) = (KnownHosts::new(&context.settings), cors(&context));
    let origins = KnownOrigins(context.settings.cors_origins.clone());
    let access = Access::open(&context.settings, &context.health, stopping.clone())?;
    let state = State::new(context, stopping);
    let mut service = Service::new(router(Heads::Served).push(pages))
        .catcher(Catcher::new(crate::problem::ProblemCatcher))
        .hoop(CountRequests::default())
        .hoop(SafeHeaders)
        .hoop(CatchPanic::new())
        .hoop(hosts);
    if let Some(cors) = cors {
        service = service.hoop(cors);
    }
    // After CORS, which answers preflights, and lets a page read why it is refused.
    service = service.hoop(origins).hoop(access);
    let is_wanted = |req: &Request, _: &Depot| req.headers().contains_key(ACCEPT_ENCODING);
    Ok(service.hoop_when(compression(), is_wanted).hoop_when(ETag::new(), is_revalidated).hoop(ProvideState(state)))
}

/// Whether who has an answer already is told so (304). An alert's tag is the version of its rule, for `If-Match`: its states
/// come and go without another. Streamed answers have no tag.
fn is_revalidated(req: &Request, _: &Depot) -> bool {
    !req.uri().path().starts_with("/alerts/")
}

fn router(heads: Heads) -> Router {
    Router::new()
        .push(read!(heads, at Router::new(), [JSON], show_about))
        .push(read!(heads, "rates", [JSON], list_rates))
        .push(read!(heads, "rates/{pair}", [JSON], show_rate))
        .push(read!(heads, "rates/{pair}/history", [JSON, CSV, NDJSON], rate_history))
        .push(read!(heads, "rates/{pair}/candles", [JSON], rate_candles))
        .push(read!(heads, "rates/{pair}/chart.svg", [SVG], rate_chart))
        .push(read!(heads, "alerts", [JSON], list_alerts).post(create_alert))
        .push(read!(heads, "alerts/history", [JSON], alert_history))
        .push(write!("alerts/backtest", backtest_alert).hoop(Unhurried))
        .push(Router::with_path("alerts/history").goal(OnlyFor("GET, HEAD")))
        .push(Router::with_path("alerts/backtest").goal(OnlyFor("POST")))
        .push(read!(heads, "alerts/{id}", [JSON], show_alert).patch(change_alert).delete(delete_alert))
        .push(write!("alerts/{id}/acknowledge", acknowledge_alert))
        .push(write!("alerts/{id}/snooze", snooze_alert))
        .push(write!("alerts/{id}/resume", resume_alert))
        .push(read!(heads, "channels", [JSON], list_channels).post(create_channel))
        .push(read!(heads, "channels/{id}", [JSON], show_channel).delete(delete_channel))
        .push(write!("channels/{id}/test", test_channel))
        .push(write!("channels/{id}/rotate", rotate_secret))
        .push(read!(heads, "deliveries", [JSON], list_deliveries))
        .push(write!("deliveries/{id}/replay", replay_delivery))
        .push(read!(heads, "currencies", [JSON], list_currencies))
        .push(read!(heads, "convert", [JSON], convert))
        .push(read!(heads, "feeds", [JSON], list_feeds))
        .push(read!(heads, "health", [JSON], show_health))
        .push(read!(heads, "health/live", [JSON], show_live))
        .push(read!(heads, "health/ready", [JSON], show_ready))
        .push(read!(heads, "metrics", [TEXT], show_metrics))
        .push(Router::with_path("stream").hoop(Produces(&[EVENTS])).get(follow_stream))
}

/// Not events: they go out one by one.
fn compression() -> Compression {
    let types = [
        "application/json",
        "application/x-ndjson",
        "text/csv",
        "image/svg+xml",
        "text/html",
        "text/css",
        "text/javascript",
    ];
    let types: Vec<mime::Mime> = types.iter().filter_map(|media| media.parse().ok()).collect();
    Compression::new()
        .disable_all()
        .enable_zstd(CompressionLevel::Fastest)
        .enable_gzip(CompressionLevel::Fastest)
        .content_types(&types)
}

/// Off unless origins are listed.
fn cors(context: &ApiContext) -> Option<salvo::cors::CorsHandler> {
    let origins = &context.settings.cors_origins;
    (!origins.is_empty()).then(|| {
        Cors::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::DELETE])
            .allow_headers(vec![
                "accept",
                "authorization",
                "content-type",
                "last-event-id",
                "if-match",
                "if-none-match",
                "idempotency-key",
            ])
            .expose_headers(vec!["location", "etag", "retry-after", "www-authenticate"])
            .into_handler()
    })
}
