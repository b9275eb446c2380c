//! The live page and the API's documentation: files that are compiled in.

use salvo::http::HeaderValue;
use salvo::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use salvo::oapi::swagger_ui::SwaggerUi;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, async_trait};

/// Scripts, styles, pictures and requests from here and nowhere else, nothing inline.
const STRICT: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Swagger UI writes styles into its page and has its pictures as data.
const FOR_SWAGGER: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A file that is compiled in.
#[derive(Clone, Copy)]
struct Asset {
    name: &'static str,
    text: &'static str,
    policy: &'static str,
}

macro_rules! page_files {
    ($($name:literal),* $(,)?) => {
        [$(Asset { name: $name, text: include_str!(concat!("../page/", $name)), policy: STRICT }),*]
    };
}

const INDEX: Asset = Asset { name: "index.html", text: include_str!("../page/index.html"), policy: STRICT };

const PAGE_FILES: [Asset; 50] = page_files![
    "access.js",
    "alert-body.js",
    "alert-card.js",
    "alert-detail.js",
    "alert-form.js",
    "alert-states.js",
    "alerts.css",
    "alerts.js",
    "api.js",
    "axis.js",
    "candles.js",
    "channels.js",
    "chart-cursor.js",
    "chart-frame.js",
    "chart-marks.js",
    "chart-series.js",
    "chart.css",
    "chart.js",
    "conditions.js",
    "converter.js",
    "deliveries.js",
    "detail.js",
    "dom.js",
    "episodes.js",
    "event-stream.js",
    "exact.js",
    "favicon.svg",
    "feeds.js",
    "fields.js",
    "format.js",
    "health.js",
    "key-form.js",
    "main.js",
    "market.js",
    "pair-chart.js",
    "pair-history.js",
    "panels.css",
    "ranges.js",
    "rate-table.js",
    "rates-panel.js",
    "rates.js",
    "signals.js",
    "sparkline.js",
    "stream.js",
    "style.css",
    "theme.js",
    "timeline.js",
    "trial-span.js",
    "trial.js",
    "volatility.js",
];

const DOCS_INDEX: Asset = Asset { name: "index.html", text: include_str!("docs/index.html"), policy: FOR_SWAGGER };
const DOCS_SCRIPT: Asset = Asset { name: "docs.js", text: include_str!("docs/docs.js"), policy: FOR_SWAGGER };

/// `/dashboard` with its files.
pub(crate) fn dashboard() -> Router {
    let assets = PAGE_FILES.map(|asset| asset.at(format!("assets/{}", asset.name)));
    Router::with_path("dashboard").get(INDEX).head(INDEX).append(&mut assets.into())
}

/// `/docs`: Swagger UI, which reads `/openapi.json`.
pub(crate) fn docs() -> Router {
    Router::with_path("docs")
        .get(DOCS_INDEX)
        .head(DOCS_INDEX)
        .push(DOCS_SCRIPT.at("docs.js".to_owned()))
        .push(Router::with_path("{**}").get(SwaggerUi::new("/openapi.json")))
}

impl Asset {
    fn at(self, path: String) -> Router {
        Router::with_path(path).get(self).head(self)
    }

    fn media(self) -> &'static str {
        match self.name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        }
    }
}

#[async_trait]
impl Handler for Asset {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let headers = res.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.policy));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media()));
        res.body(self.text);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_the_page_is_compiled_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/page");
        let files = std::fs::read_dir(folder).expect("the folder of the page").map(|file| file.expect("a file"));
        let files = files.filter(|file| file.file_type().is_ok_and(|kind| kind.is_file()));
        let there: BTreeSet<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        let compiled = PAGE_FILES.iter().map(|asset| asset.name.to_owned());
        // The page's own package file is there for its tests.
        let expected: BTreeSet<String> = compiled.chain(["index.html".to_owned(), "package.json".to_owned()]).collect();
        assert_eq!(there, expected);
    }
}
