//! `GET /`: what runs here.

use fx_domain::feed::Source;
use salvo::Writer;
use salvo::oapi::{ToSchema, endpoint};
use salvo::writing::Json;
use serde::Serialize;

use crate::context::{Api, Backends};
use crate::notation::SourceName;
use crate::problem::Problem;
use crate::query::{NoParameters, Query};

/// What runs here.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "About"))]
pub(crate) struct AboutView {
    /// The program.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// Seconds since the API started.
    uptime_s: i64,
    /// The feeds that run, the most trusted first.
    #[salvo(schema(value_type = Vec<SourceName>))]
    feeds: Vec<Source>,
    /// On what the parts run.
    backends: Backends,
    /// Where to go from here.
    links: Links,
}

/// Addresses on this host.
#[derive(Serialize, ToSchema)]
struct Links {
    rates: &'static str,
    currencies: &'static str,
    alerts: &'static str,
    feeds: &'static str,
    stream: &'static str,
    health: &'static str,
    metrics: &'static str,
    dashboard: &'static str,
    docs: &'static str,
    openapi: &'static str,
}

const LINKS: Links = Links {
    rates: "/rates",
    currencies: "/currencies",
    alerts: "/alerts",
    feeds: "/feeds",
    stream: "/stream",
    health: "/health",
    metrics: "/metrics",
    dashboard: "/dashboard",
    docs: "/docs",
    openapi: "/openapi.json",
};

/// What runs here.
#[endpoint(tags("service"))]
pub(crate) async fn show_about(api: Api, _query: Query<NoParameters>) -> Result<Json<AboutView>, Problem> {
    let context = &api.context;
    Ok(Json(AboutView {
        name: "fx-monitor",
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: (context.clock.now() - api.started).num_seconds().max(0),
        feeds: context.feeds.iter().map(|feed| feed.name.clone()).collect(),
        backends: context.backends.clone(),
        links: LINKS,
    }))
}
