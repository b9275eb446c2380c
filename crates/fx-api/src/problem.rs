//! The one place where what went wrong becomes an HTTP answer: RFC 9457 `application/problem+json`.

use fx_cache::CacheError;
use fx_store::StoreError;
use fx_stream::StreamError;
use salvo::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use salvo::http::{HeaderValue, Method, StatusCode};
use salvo::oapi::{self, Components, EndpointOutRegister, Operation, ToSchema};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Writer, async_trait};
use serde::Serialize;

/// The media type of problem documents.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Seconds after which it makes sense to try again.
const RETRY_AFTER_S: &str = "5";

/// What was wrong, and what would be right.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    faults: Vec<Fault>,
}

/// One mistake in a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Fault {
    /// Where it stands, as a JSON pointer.
    #[salvo(schema(example = "/condition/threshold"))]
    pub(crate) pointer: String,
    /// What is wrong with which value, and what would be right.
    pub(crate) detail: String,
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Problem"))]
struct ProblemDocument {
    /// Always `about:blank`: the status says what kind it is.
    #[serde(rename = "type")]
    #[salvo(schema(example = "about:blank"))]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What was wrong, with the value, and what would be right.
    detail: String,
    /// The path that was asked for.
    instance: String,
    /// The mistakes of a body, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[salvo(schema(required = false))]
    errors: Vec<Fault>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), faults: Vec::new() }
    }

    /// The request cannot be read.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// There is no such thing.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// Readable, but with a wrong value.
    pub(crate) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// Not now; another try may go well.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// A mistake in this program. It is logged here; the caller learns no more than that.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the service made a mistake, its log says which")
    }

    /// With the mistakes of a body.
    #[must_use]
    pub(crate) fn with_faults(self, faults: Vec<Fault>) -> Self {
        Self { faults, ..self }
    }

    /// Answers with this problem.
    pub(crate) fn render(self, path: &str, res: &mut Response) {
        let document = ProblemDocument {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.detail,
            instance: path.to_owned(),
            errors: self.faults,
        };
        res.status_code(self.status);
        let headers = res.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
        }
        res.body(serde_json::to_vec(&document).unwrap_or_default());
    }
}

#[async_trait]
impl Writer for Problem {
    async fn write(self, req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        self.render(req.uri().path(), res);
    }
}

impl EndpointOutRegister for Problem {
    fn register(components: &mut Components, operation: &mut Operation) {
        let schema = ProblemDocument::to_schema(components);
        let response =
            oapi::Response::new("What was wrong, and what would be right.").add_content(PROBLEM_JSON, schema);
        operation.responses.insert("default", response);
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store did not answer");
        Self::unavailable("the store did not answer, /health says more")
    }
}

impl From<CacheError> for Problem {
    fn from(error: CacheError) -> Self {
        tracing::error!(%error, "the cache did not answer");
        Self::unavailable("the cache of latest rates did not answer, /health says more")
    }
}

impl From<StreamError> for Problem {
    fn from(error: StreamError) -> Self {
        tracing::error!(%error, "the log did not answer");
        Self::unavailable("the log did not answer, /health says more")
    }
}

/// Turns the errors that the framework found (no such path, wrong method, a panic) into problem documents.
pub(crate) struct ProblemCatcher;

#[async_trait]
impl Handler for ProblemCatcher {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let status = res.status_code.unwrap_or(StatusCode::NOT_FOUND);
        let path = req.uri().path();
        let problem = match status {
            StatusCode::NOT_FOUND => {
                Problem::not_found(format!("there is nothing at `{}`, / lists what is", shown(path)))
            }
            StatusCode::METHOD_NOT_ALLOWED => not_allowed(req),
            StatusCode::INTERNAL_SERVER_ERROR => Problem::new(status, "the service made a mistake, its log says which"),
            _ => Problem::new(status, "the request was refused"),
        };
        problem.render(path, res);
    }
}

/// Answers whatever other methods a path has no handler for, where another path would have one that does not fit: the
/// history of alerts is no alert.
pub(crate) struct OnlyFor(pub(crate) &'static str);

#[async_trait]
impl Handler for OnlyFor {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.headers_mut().insert(ALLOW, HeaderValue::from_static(self.0));
        not_allowed(req).render(req.uri().path(), res);
    }
}

fn not_allowed(req: &Request) -> Problem {
    let detail = format!("{} is not possible here, the Allow header says what is", method(req));
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

fn method(req: &Request) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if known.contains(req.method()) { req.method().as_str() } else { "this method" }
}

/// As much of what was sent as a person reads.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain("…".chars()).collect()
}
