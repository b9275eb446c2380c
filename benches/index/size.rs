//! The disk that a document takes: as a time series, and in a plain index with the same fields.

use fx_index::Family;
use reqwest::Method;
use serde_json::json;

use crate::captured::Captured;
use crate::feed::DOCUMENTS;
use crate::figures::figure;
use crate::server::{self, Server};

pub(crate) async fn measure(server: &Server, requests: &[Captured]) {
    let prefix = server::fresh();
    server.replay(requests.iter(), &prefix).await;
    bytes(server, "index_bytes_per_document", &prefix).await;

    let prefix = server::fresh();
    let index = format!("{prefix}fx-rates-2026");
    let plain = json!({"settings": {"index.auto_expand_replicas": "0-1"}, "mappings": Family::Rates.mappings(),
        "aliases": {format!("{prefix}fx-rates"): {}}});
    let made = server.ask(Method::PUT, &index, Some(plain)).await;
    assert_eq!(made["acknowledged"], true, "{made}");
    server.replay(requests.iter().filter(|request| request.is_bulk()), &prefix).await;
    bytes(server, "index_bytes_per_document_plain", &prefix).await;
}

/// When all stands in one segment.
async fn bytes(server: &Server, name: &str, prefix: &str) {
    let alias = format!("{prefix}fx-rates");
    assert_eq!(server.documents(&alias).await, u64::from(DOCUMENTS));
    server.ask(Method::POST, &format!("{alias}/_forcemerge?max_num_segments=1"), None).await;
    server.ask(Method::POST, &format!("{alias}/_flush?force=true&wait_if_ongoing=true"), None).await;
    // Only then the segments of before are let go of.
    server.ask(Method::POST, &format!("{alias}/_refresh"), None).await;
    let stats = server.ask(Method::GET, &format!("{alias}/_stats/store,segments"), None).await;
    let primaries = &stats["_all"]["primaries"];
    assert_eq!(primaries["segments"]["count"], 1, "{stats}");
    let size = primaries["store"]["size_in_bytes"].as_f64().expect("a size");
    figure(name, format_args!("{:.1}", size / f64::from(DOCUMENTS)), "bytes");
    server.remove(prefix).await;
}
