//! `/metrics`, `/health`, `/health/live` and `/health/ready` of a service that has no other pages.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use salvo::conn::tcp::TcpAcceptor;
use salvo::http::header::CACHE_CONTROL;
use salvo::http::{HeaderValue, StatusCode};
use salvo::writing::{Json, Text};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, Scribe, Server, async_trait};
use serde_json::json;
use tokio::net::TcpListener;

use crate::health::{HealthRegistry, HealthStatus};
use crate::metrics::Recorder;
use crate::shutdown::Shutdown;

/// How long running requests may take once stopping has begun.
const DRAIN: Duration = Duration::from_secs(1);

/// Takes the address, so that a mistake shows before anything else is started.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let failed = || format!("cannot listen on {address} for /metrics and /health, see [telemetry.metrics]");
    TcpListener::bind(address).await.with_context(failed)
}

/// Serves until stopping is asked for.
pub(super) async fn serve(listener: TcpListener, health: HealthRegistry, recorder: Recorder, shutdown: Shutdown) {
    let address = listener.local_addr().map_or_else(|_| "its address".to_owned(), |address| address.to_string());
    let acceptor = match TcpAcceptor::try_from(listener) {
        Ok(acceptor) => acceptor,
        Err(error) => return tracing::error!(%error, address, "metrics and health are not shown"),
    };
    let server = Server::new(acceptor);
    let handle = server.handle();
    let mut serving = std::pin::pin!(server.try_serve(router(&health, &recorder)));
    tracing::info!("http://{address}/health and http://{address}/metrics show how the service is doing");
    let ended = tokio::select! {
        by_itself = &mut serving => by_itself,
        () = shutdown.requested() => {
            handle.stop_graceful(DRAIN);
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::error!(%error, address, "metrics and health are no longer shown");
    }
}

fn router(health: &HealthRegistry, recorder: &Recorder) -> Router {
    let page = |shows| Page { shows, health: health.clone(), recorder: recorder.clone() };
    let parts = Router::with_path("health").get(page(Shows::Health));
    let parts = parts.push(Router::with_path("live").get(page(Shows::Live)));
    let parts = parts.push(Router::with_path("ready").get(page(Shows::Ready)));
    Router::new().push(Router::with_path("metrics").get(page(Shows::Metrics))).push(parts)
}

#[derive(Clone, Copy)]
enum Shows {
    Metrics,
    Health,
    Live,
    Ready,
}

struct Page {
    shows: Shows,
    health: HealthRegistry,
    recorder: Recorder,
}

#[async_trait]
impl Handler for Page {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.shows {
            Shows::Metrics => Text::Plain(self.recorder.render()).render(res),
            Shows::Live => Json(json!({"status": HealthStatus::Ok})).render(res),
            Shows::Ready => {
                let status = self.health.snapshot().status;
                res.status_code(code(status));
                Json(json!({ "status": status })).render(res);
            }
            Shows::Health => {
                let report = self.health.snapshot();
                res.status_code(code(report.status));
                Json(report).render(res);
            }
        }
    }
}

fn code(status: HealthStatus) -> StatusCode {
    match status {
        HealthStatus::Ok | HealthStatus::Degraded => StatusCode::OK,
        HealthStatus::Down => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fx_domain::clock::FixedClock;

    use super::*;

    #[tokio::test]
    async fn a_part_that_is_down_shows_and_the_rest_answers() {
        let at = "2026-11-02T10:00:00Z".parse().expect("a time");
        let health = HealthRegistry::new(Arc::new(FixedClock::new(at)));
        let shutdown = Shutdown::new();
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let recorder = Recorder::install().expect("installs");
        let serving = tokio::spawn(serve(listener, health.clone(), recorder, shutdown.clone()));
        let get = async |path: &str| {
            let answer = reqwest::get(format!("{base}{path}")).await.expect("answers");
            (answer.status().as_u16(), answer.text().await.expect("text"))
        };
        health.component("cache").down("no answer");
        assert_eq!(get("/health/live").await, (200, r#"{"status":"ok"}"#.to_owned()));
        assert_eq!(get("/health/ready").await, (503, r#"{"status":"down"}"#.to_owned()));
        let down = r#"{"status":"down","components":{"cache":{"status":"down","since":"2026-11-02T10:00:00Z","detail":"no answer"}}}"#;
        assert_eq!(get("/health").await, (503, down.to_owned()));
        assert!(get("/metrics").await.1.contains("fx_component_health{component=\"cache\"} 2"));
        health.component("cache").degraded("slow");
        assert_eq!(get("/health/ready").await, (200, r#"{"status":"degraded"}"#.to_owned()));
        shutdown.request();
        serving.await.expect("ends");
    }

    #[tokio::test]
    async fn an_address_in_use_is_named_with_what_to_set() {
        let taken = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let address = taken.local_addr().expect("bound");
        let error = format!("{:#}", bind(address).await.expect_err("in use"));
        assert!(error.contains(&address.to_string()) && error.contains("[telemetry.metrics]"), "{error}");
    }
}
