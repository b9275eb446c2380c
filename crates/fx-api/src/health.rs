//! `GET /health`, `/health/live`, `/health/ready` and `/metrics`.

use std::collections::BTreeMap;

use fx_domain::clock::Timestamp;
use fx_service::{HealthReport, HealthStatus};
use salvo::http::HeaderValue;
use salvo::http::StatusCode;
use salvo::http::header::CACHE_CONTROL;
use salvo::oapi::{ToSchema, endpoint};
use salvo::writing::{Json, Text};
use salvo::{Response, Scribe, Writer};
use serde::Serialize;

use crate::context::Api;
use crate::notation::HealthWord;
use crate::problem::Problem;
use crate::query::{NoParameters, Query};

/// How the service is doing: as its worst part.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Health"))]
struct HealthView {
    /// In one word.
    #[salvo(schema(value_type = HealthWord, example = "ok"))]
    status: HealthStatus,
    /// Each part by its name.
    components: BTreeMap<String, ComponentView>,
}

/// How one part is doing.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Component"))]
struct ComponentView {
    /// In one word.
    #[salvo(schema(value_type = HealthWord, example = "ok"))]
    status: HealthStatus,
    /// Since when it is so.
    #[salvo(schema(value_type = String, format = "date-time"))]
    since: Timestamp,
    /// What there is to say about it.
    detail: String,
}

/// One word.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Status"))]
struct StatusView {
    /// In one word.
    #[salvo(schema(value_type = HealthWord, example = "ok"))]
    status: HealthStatus,
}

impl From<HealthReport> for HealthView {
    fn from(report: HealthReport) -> Self {
        let component = |(name, part): (String, fx_service::ComponentHealth)| {
            (name, ComponentView { status: part.status, since: part.since, detail: part.detail })
        };
        Self { status: report.status, components: report.components.into_iter().map(component).collect() }
    }
}

/// How each part of the service is doing.
#[endpoint(
    tags("service"),
    responses(
        (status_code = 200, description = "It is ok or degraded.", body = HealthView),
        (status_code = 503, description = "A part is down.", body = HealthView)
    )
)]
pub(crate) async fn show_health(api: Api, _query: Query<NoParameters>, res: &mut Response) -> Result<(), Problem> {
    let report = api.context.health.snapshot();
    answer(res, report.status, HealthView::from(report));
    Ok(())
}

/// Whether the process answers at all.
#[endpoint(
    tags("service"),
    responses((status_code = 200, description = "It does.", body = StatusView))
)]
pub(crate) async fn show_live(_query: Query<NoParameters>, res: &mut Response) -> Result<(), Problem> {
    answer(res, HealthStatus::Ok, StatusView { status: HealthStatus::Ok });
    Ok(())
}

/// Whether it makes sense to send requests here.
#[endpoint(
    tags("service"),
    responses(
        (status_code = 200, description = "It does.", body = StatusView),
        (status_code = 503, description = "A part is down.", body = StatusView)
    )
)]
pub(crate) async fn show_ready(api: Api, _query: Query<NoParameters>, res: &mut Response) -> Result<(), Problem> {
    let status = api.context.health.snapshot().status;
    answer(res, status, StatusView { status });
    Ok(())
}

/// Every metric of the process, in Prometheus' text format.
#[endpoint(
    tags("service"),
    responses((status_code = 200, description = "The metrics.", content_type = "text/plain", body = String))
)]
pub(crate) async fn show_metrics(api: Api, _query: Query<NoParameters>, res: &mut Response) -> Result<(), Problem> {
    Text::Plain(api.context.metrics.render()).render(res);
    Ok(())
}

fn answer(res: &mut Response, status: HealthStatus, view: impl Serialize + Send) {
    res.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    res.status_code(match status {
        HealthStatus::Ok | HealthStatus::Degraded => StatusCode::OK,
        HealthStatus::Down => StatusCode::SERVICE_UNAVAILABLE,
    });
    Json(view).render(res);
}
