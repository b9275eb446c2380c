//! Bodies of requests: JSON, and no more than 64 KiB of it.

use std::time::Duration;

use futures::StreamExt;
use salvo::Request;
use salvo::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use salvo::http::{ParseError, ReqBody, StatusCode};
use salvo::hyper::body::Bytes;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::timeout;

use crate::accept::JSON;
use crate::problem::{Problem, shown};

/// The most bytes that a body may have.
const MOST_BYTES: usize = 64 * 1024;

/// What a client may still be sending while it is told that it is too much; a client that cannot finish its request may
/// never read the answer.
const MOST_DISCARDED_BYTES: usize = 64 * 1024 * 1024;

/// How long the body of a request may take as a whole, as an extension of it.
#[derive(Clone, Copy)]
pub(crate) struct BodyTime(pub(crate) Duration);

/// A JSON merge patch (RFC 7396).
const MERGE_PATCH: &str = "application/merge-patch+json";

/// The bytes of a JSON body.
pub(crate) async fn json_body(req: &mut Request) -> Result<Bytes, Problem> {
    body_of(req, &[JSON]).await
}

/// The bytes of a merge patch, which may call itself JSON.
pub(crate) async fn patch_body(req: &mut Request) -> Result<Bytes, Problem> {
    body_of(req, &[MERGE_PATCH, JSON]).await
}

/// What a JSON body says.
pub(crate) async fn read_body<T: DeserializeOwned>(req: &mut Request) -> Result<T, Problem> {
    read(&json_body(req).await?)
}

/// The same where nothing need be said: no body is an empty object.
pub(crate) async fn read_optional_body<T: DeserializeOwned>(req: &mut Request) -> Result<T, Problem> {
    if req.headers().contains_key(CONTENT_TYPE) { read_body(req).await } else { read(b"{}") }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // A list would be read as an object's fields in their order.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::bad_request("not readable as a JSON object: it is a list"));
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => Problem::unprocessable(error.to_string()),
        _ => Problem::bad_request(format!("not readable as a JSON object: {error}")),
    })
}

async fn body_of(req: &mut Request, media: &[&str]) -> Result<Bytes, Problem> {
    if let Some(problem) = wrong_media(req, media) {
        return Err(problem);
    }
    let announced = req.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MOST_BYTES) {
        discard(req.take_body(), time_of(req));
        return Err(too_large());
    }
    let time = time_of(req);
    match timeout(time, req.payload_with_max_size(MOST_BYTES)).await {
        Ok(Ok(body)) => Ok(body.clone()),
        Ok(Err(ParseError::PayloadTooLarge)) => Err(too_large()),
        Err(_) => {
            let detail = format!("the body has not come within {} s", time.as_secs());
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail))
        }
        Ok(Err(error)) => Err(Problem::bad_request(format!("the body cannot be read: {error}"))),
    }
}

fn time_of(req: &Request) -> Duration {
    req.extensions().get::<BodyTime>().map_or(Duration::from_secs(30), |time| time.0)
}

fn wrong_media(req: &Request, expected: &[&str]) -> Option<Problem> {
    let media = req.headers().get(CONTENT_TYPE).map_or("", |media| media.to_str().unwrap_or("?"));
    let bare = media.split(';').next().unwrap_or_default().trim();
    let detail = format!("content type `{}` is not read here, expected {}", shown(media), expected.join(" or "));
    let is_expected = expected.iter().any(|media| bare.eq_ignore_ascii_case(media));
    (!is_expected).then(|| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body has more than {MOST_BYTES} bytes, the most that is read"),
    )
}

/// Lets the client finish in the time that it has, without keeping what it sends.
fn discard(body: ReqBody, time: Duration) {
    tokio::spawn(timeout(time, async move {
        let mut chunks = std::pin::pin!(body);
        let mut bytes = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            bytes += chunk.data_ref().map_or(0, tokio_util::bytes::Bytes::len);
            if bytes > MOST_DISCARDED_BYTES {
                return;
            }
        }
    }));
}
