//! Spans, as a collector receives them.

use std::time::Duration;

use fx_config::TelemetrySettings;
use fx_service::{telemetry, trace};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test(flavor = "multi_thread")]
async fn a_span_arrives_with_the_trace_of_its_parent() {
    let collector = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .and(header("content-type", "application/x-protobuf"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&collector)
        .await;
    let settings = TelemetrySettings { otlp_endpoint: Some(collector.uri()), ..TelemetrySettings::default() };
    let telemetry = telemetry::init("fx-test", &settings).expect("starts");
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut enrich = trace::span("enrich", Some(parent));
    enrich.set("messages", 3);
    let header = enrich.traceparent();
    assert!(header.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{header}");
    drop(enrich);
    // The last spans are sent when this is dropped, which waits for the collector.
    tokio::task::spawn_blocking(move || drop(telemetry)).await.expect("dropped");
    let requests = tokio::time::timeout(Duration::from_secs(20), collector.received_requests()).await;
    let requests = requests.expect("in time").expect("recorded");
    let sent: Vec<&[u8]> = requests.iter().map(|request| &request.body[..]).collect();
    let has = |wanted: &[u8]| sent.iter().any(|body| body.windows(wanted.len()).any(|part| part == wanted));
    let span = u64::from_str_radix(&header[36..52], 16).expect("hex").to_be_bytes();
    assert!(has(b"enrich") && has(b"fx-test") && has(b"messages"), "names");
    assert!(has(&span) && has(&0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()), "the span and its parent");
    assert!(has(&0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes()), "the trace");
}
