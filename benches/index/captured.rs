//! What the role `index` sends: taken down by a server that says yes to everything.

use std::sync::Arc;

use fx_stream::Log;
use reqwest::Method;
use serde_json::json;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use crate::feed::DOCUMENTS;
use crate::{server, sink};

/// The name that stands before what is captured.
pub(crate) const PREFIX: &str = "captured-";

/// A request that changes something.
pub(crate) struct Captured {
    pub(crate) method: Method,
    /// With its query.
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

impl Captured {
    pub(crate) fn is_bulk(&self) -> bool {
        self.path.contains("/_bulk")
    }
}

/// The requests by which the role writes all that the log holds, in their order, from the making of the index on.
pub(crate) async fn requests(log: &Arc<dyn Log>) -> Vec<Captured> {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
    sink::write(log, &server::settings(server.uri(), PREFIX.to_owned())).await;
    let requests = server.received_requests().await.expect("requests are kept");
    let changes = requests.into_iter().filter(|request| request.url.path().starts_with(&format!("/{PREFIX}")));
    let captured = |request: Request| Captured {
        method: request.method,
        path: request.url[url::Position::BeforePath..].to_owned(),
        body: request.body,
    };
    let captured: Vec<_> = changes.filter(|request| request.method != Method::GET).map(captured).collect();
    let documents: u64 = captured.iter().filter(|one| one.is_bulk()).map(|one| lines(&one.body) / 2).sum();
    assert_eq!(documents, u64::from(DOCUMENTS), "the role did not send what the log holds");
    captured
}

fn answer(request: &Request) -> ResponseTemplate {
    let path = request.url.path();
    if path.ends_with("/_bulk") {
        let items: Vec<_> =
            (0..lines(&request.body) / 2).map(|_| json!({"create": {"_id": "a", "status": 201}})).collect();
        return ResponseTemplate::new(200).set_body_json(json!({"items": items}));
    }
    let is_question = request.method == Method::GET && path.starts_with("/_index_template");
    ResponseTemplate::new(if is_question { 404 } else { 200 }).set_body_json(json!({}))
}

fn lines(body: &[u8]) -> u64 {
    body.split_inclusive(|&byte| byte == b'\n').map(|_| 1).sum()
}
