//! `GET /openapi.json`: OpenAPI 3.1, made from the handlers' own types.

use salvo::oapi::{Info, License, OpenApi, Tag};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, Writer, async_trait};

use crate::prepared::Prepared;
use crate::problem::Problem;

const DESCRIPTION: &str = "Foreign-exchange rates with their history, volatility, crosses and alerts. Times are RFC 3339 \
    in UTC. Published figures keep their digits. Errors are RFC 9457 problem documents.";

/// The description of the API.
pub(crate) struct ApiDocument(Prepared);

impl ApiDocument {
    /// Of everything that `router` serves.
    pub(crate) fn new(router: &Router) -> Result<Self, Problem> {
        let info =
            Info::new("fx-monitor", env!("CARGO_PKG_VERSION")).description(DESCRIPTION).license(License::new("MIT"));
        let tags = ["rates", "currencies", "alerts", "channels", "stream", "service"].map(Tag::new);
        let document = OpenApi::with_info(info).tags(tags).merge_router(router);
        Prepared::new(&document, env!("CARGO_PKG_VERSION")).map(Self)
    }
}

#[async_trait]
impl Handler for ApiDocument {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        self.0.clone().write(req, depot, res).await;
    }
}
