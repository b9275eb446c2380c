//! A body that is computed once and sent often.

use salvo::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use salvo::http::{HeaderValue, ResBody, StatusCode};
use salvo::hyper::body::Bytes;
use salvo::oapi::{Components, EndpointOutRegister, Operation};
use salvo::{Depot, Request, Response, Writer, async_trait};
use serde::Serialize;

use crate::problem::Problem;

/// JSON bytes with their entity tag. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    json: Bytes,
    etag: HeaderValue,
    cache_control: HeaderValue,
}

impl Prepared {
    /// `value` as JSON, to be asked for again each time; `version` tells it from every other answer of the same address.
    pub(crate) fn new(value: &impl Serialize, version: &str) -> Result<Self, Problem> {
        let json = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
        let etag = HeaderValue::from_str(&format!("W/\"{version}\"")).map_err(|error| Problem::internal(&error))?;
        Ok(Self { json: json.into(), etag, cache_control: HeaderValue::from_static("no-cache") })
    }

    /// To be kept for an hour: it changes with the program only.
    #[must_use]
    pub(crate) fn lasting(self) -> Self {
        Self { cache_control: HeaderValue::from_static("max-age=3600"), ..self }
    }
}

#[async_trait]
impl Writer for Prepared {
    async fn write(self, _req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        let headers = res.headers_mut();
        headers.insert(ETAG, self.etag);
        headers.insert(CACHE_CONTROL, self.cache_control);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        res.status_code(StatusCode::OK);
        res.body(ResBody::Once(self.json));
    }
}

/// What the bytes are is said at the endpoint.
impl EndpointOutRegister for Prepared {
    fn register(_components: &mut Components, _operation: &mut Operation) {}
}
