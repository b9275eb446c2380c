//! `GET /openapi.json`: OpenAPI 3.1, made from the handlers' own types.

mod links;
mod refusals;

use salvo::http::Method;
use salvo::oapi::security::{Http, HttpAuthScheme};
use salvo::oapi::{Info, License, OpenApi, Operation, PathItemType, SecurityRequirement, SecurityScheme, Tag};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, Writer, async_trait};

use crate::access::needed;
use crate::prepared::Prepared;
use crate::problem::Problem;

const DESCRIPTION: &str = "Foreign-exchange rates with their history, volatility, crosses and alerts. Times are RFC 3339 \
    in UTC. Published figures keep their digits. Errors are RFC 9457 problem documents: 400 where a request cannot be read, \
    422 where it can be read and its values do not fit each other or what there is.";

const TAGS: [(&str, &str); 6] = [
    ("rates", "The latest rates, their history and their candles."),
    ("currencies", "What pairs are made of, and what amounts are worth."),
    ("alerts", "Rules, where they stand, and what happened."),
    ("channels", "Through what alerts are told, and what became of it."),
    ("stream", "News as they come."),
    ("service", "What runs here, and how it is doing."),
];

/// The operations whose body may be left out.
const OPTIONAL_BODIES: [&str; 1] = ["acknowledge_alert"];

/// The name of the security scheme.
const KEY: &str = "key";

/// The description of the API.
pub(crate) struct ApiDocument(Prepared);

impl ApiDocument {
    /// Of everything that `router` serves; whether it asks for keys.
    pub(crate) fn new(router: &Router, has_keys: bool) -> Result<Self, Problem> {
        let info =
            Info::new("fx-monitor", env!("CARGO_PKG_VERSION")).description(DESCRIPTION).license(License::new("MIT"));
        let tags = TAGS.map(|(name, description)| Tag::new(name).description(description));
        let mut document = OpenApi::with_info(info).tags(tags).merge_router(router);
        let key = Http::new(HttpAuthScheme::Bearer).description("A key of `fx-monitor keys new`, with its scopes.");
        document.components.security_schemes.insert(KEY.to_owned(), SecurityScheme::Http(key).into());
        refusals::describe(&mut document.components);
        for (path, item) in document.paths.iter_mut() {
            for (method, operation) in item.operations.iter_mut() {
                complete(path, *method, operation, has_keys);
            }
        }
        links::describe(&mut document.paths);
        Prepared::new(&document, env!("CARGO_PKG_VERSION")).map(Self)
    }
}

/// Adds what follows from where an operation stands.
fn complete(path: &str, method: PathItemType, operation: &mut Operation, has_keys: bool) {
    if let Some(name) = operation.operation_id.as_deref().and_then(|id| id.rsplit('.').next()) {
        operation.operation_id = Some(name.to_owned());
    }
    let scope = needed(&method_of(method), path.trim_start_matches('/'));
    let requirement = scope.filter(|_| has_keys).map(|scope| SecurityRequirement::new(KEY, [scope.name()]));
    operation.securities = Some(requirement.into_iter().collect());
    if let Some(body) = &mut operation.request_body {
        let may_lack = operation.operation_id.as_deref().is_some_and(|name| OPTIONAL_BODIES.contains(&name));
        body.required = Some((!may_lack).into());
    }
    refusals::add(path, operation, scope.is_none());
}

fn method_of(method: PathItemType) -> Method {
    match method {
        PathItemType::Get => Method::GET,
        PathItemType::Delete => Method::DELETE,
        PathItemType::Patch => Method::PATCH,
        _ => Method::POST,
    }
}

#[async_trait]
impl Handler for ApiDocument {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        self.0.clone().write(req, depot, res).await;
    }
}
