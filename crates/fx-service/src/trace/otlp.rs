//! Spans to a collector, by OTLP over HTTP.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::Context;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use tokio::runtime::Handle;

use super::parent::TraceParent;
use crate::telemetry::TelemetryError;

/// So long may one request to the collector take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// So long may the last spans take while the process ends.
const LAST_SPANS: Duration = Duration::from_secs(2);

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Sends the spans of the process in the background, in bounded memory; what the collector does not take is dropped.
pub(crate) struct Exporter(SdkTracerProvider);

impl Exporter {
    pub(crate) fn start(service: &'static str, endpoint: &str) -> Result<Self, TelemetryError> {
        let failed = |reason: String| TelemetryError::Otlp { endpoint: endpoint.to_owned(), reason };
        let client = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(|error| failed(error.to_string()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client { client, runtime: Handle::current() })
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(TIMEOUT)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let resource = Resource::builder().with_service_name(service).build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        TRACER
            .set(provider.tracer("fx-monitor"))
            .map_err(|_| TelemetryError::Started("spans are sent already".to_owned()))?;
        Ok(Self(provider))
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST_SPANS) {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

/// Begins a span where spans are sent.
pub(super) fn begin(name: &'static str, parent: Option<TraceParent>) -> Option<(TraceParent, Span)> {
    let tracer = TRACER.get()?;
    let context = parent.map_or_else(Context::new, |parent| Context::new().with_remote_span_context(remote(parent)));
    let span = tracer.span_builder(name).start_with_context(tracer, &context);
    let at = place(span.span_context());
    Some((at, span))
}

fn remote(parent: TraceParent) -> SpanContext {
    let flags = if parent.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    SpanContext::new(TraceId::from(parent.trace), SpanId::from(parent.span), flags, true, TraceState::default())
}

fn place(context: &SpanContext) -> TraceParent {
    TraceParent {
        trace: u128::from_be_bytes(context.trace_id().to_bytes()),
        span: u64::from_be_bytes(context.span_id().to_bytes()),
        is_sampled: context.is_sampled(),
    }
}

/// The exporter has a thread of its own, requests need the runtime.
#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, request) = (self.client.clone(), request.try_into()?);
        self.runtime.spawn(send(client, request)).await?
    }
}

async fn send(client: reqwest::Client, request: reqwest::Request) -> Result<Response<Bytes>, HttpError> {
    let mut answered = client.execute(request).await?;
    let (status, headers) = (answered.status(), std::mem::take(answered.headers_mut()));
    let mut response = Response::builder().status(status).body(answered.bytes().await?)?;
    *response.headers_mut() = headers;
    Ok(response)
}
