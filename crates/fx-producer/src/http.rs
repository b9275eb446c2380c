//! One polite request: conditional, bounded in time, in size and in redirects.

use std::time::Duration;

use fx_config::FeedsSettings;
use fx_domain::clock::Clock;
use fx_domain::feed::Quota;
use fx_service::http::{retry_after, root_cause};
use reqwest::header::{AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use reqwest::{Client, redirect};

use crate::ProducerError;
use crate::feeds::{Adapter, FeedError, Request, Response};

const MOST_REDIRECTS: usize = 5;
const USER_AGENT: &str = concat!("fx-monitor/", env!("CARGO_PKG_VERSION"));

/// What makes the next request conditional: the provider's own marks of its last good answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Validators {
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

impl Validators {
    pub(crate) fn of(response: &Response) -> Self {
        Self { etag: response.headers.get(ETAG).cloned(), modified: response.headers.get(LAST_MODIFIED).cloned() }
    }

    fn is_empty(&self) -> bool {
        self.etag.is_none() && self.modified.is_none()
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// 304: what was answered last still holds.
    NotModified(HeaderMap),
    /// 200.
    Answer(Response),
}

/// Asks. Cheap to clone: all clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    client: Client,
    timeout: Duration,
    body_limit_bytes: u64,
}

impl Fetcher {
    pub(crate) fn try_new(settings: &FeedsSettings) -> Result<Self, ProducerError> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.request_timeout)
            .redirect(redirect::Policy::limited(MOST_REDIRECTS))
            .build()
            .map_err(ProducerError::Client)?;
        Ok(Self { client, timeout: settings.request_timeout, body_limit_bytes: settings.body_limit_bytes })
    }

    /// Asks once.
    pub(crate) async fn fetch(
        &self,
        adapter: &Adapter,
        request: Request,
        validators: &Validators,
        clock: &dyn Clock,
    ) -> Result<Fetched, FeedError> {
        let headers = headers_of(&request, validators);
        let sent = self.client.get(request.url).headers(headers).send().await;
        let mut answer = sent.map_err(|error| self.failure(&error))?;
        let (status, headers) = (answer.status().as_u16(), std::mem::take(answer.headers_mut()));
        if status == 304 && !validators.is_empty() {
            return Ok(Fetched::NotModified(headers));
        }
        let body = self.read_body(answer).await;
        if status == 200 {
            return Ok(Fetched::Answer(Response { headers, body: body?, fetched_at: clock.now() }));
        }
        // What an error answer says is worth showing, and no reason for another error where it cannot be read.
        let complaint = body.ok().and_then(|body| (adapter.complaint)(&body));
        Err(match status {
            429 | 503 => FeedError::Busy { status, retry_after: retry_after(&headers, clock.now()), complaint },
            _ => FeedError::Status { status, complaint },
        })
    }

    async fn read_body(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, FeedError> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failure(&error))? {
            if (body.len() + chunk.len()) as u64 > self.body_limit_bytes {
                return Err(FeedError::TooLong(self.body_limit_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failure(&self, error: &reqwest::Error) -> FeedError {
        if error.is_timeout() {
            FeedError::Timeout(self.timeout)
        } else if error.is_redirect() {
            FeedError::Redirects(MOST_REDIRECTS)
        } else {
            FeedError::Unreachable(root_cause(error))
        }
    }
}

fn headers_of(request: &Request, validators: &Validators) -> HeaderMap {
    let known = [
        (AUTHORIZATION, &request.authorization),
        (IF_NONE_MATCH, &validators.etag),
        (IF_MODIFIED_SINCE, &validators.modified),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
}

/// What the provider says is left of the quota, where it says so in the usual headers.
pub(crate) fn quota_of(headers: &HeaderMap) -> Option<Quota> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    let (limit, remaining) = (number("x-ratelimit-limit"), number("x-ratelimit-remaining"));
    (limit.is_some() || remaining.is_some()).then_some(Quota { limit, remaining })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_what_the_usual_headers_say() {
        let headers =
            HeaderMap::from_iter([("x-ratelimit-remaining".parse().expect("a name"), HeaderValue::from_static("17"))]);
        assert_eq!(quota_of(&headers), Some(Quota { limit: None, remaining: Some(17) }));
        assert_eq!(quota_of(&HeaderMap::new()), None);
    }
}
