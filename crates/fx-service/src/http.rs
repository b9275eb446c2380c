//! What other people's servers answer.

use std::error::Error;
use std::time::Duration;

use fx_domain::clock::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The innermost error: the outer ones only repeat the URL, which may hold a secret.
pub fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// `Retry-After`, in seconds or as a date, from `now` on.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date: Timestamp = httpdate::parse_http_date(value).ok()?.into();
    Some((date - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-02T10:00:00Z".parse().expect("a time");
        let wait = |value: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]);
            retry_after(&headers, now)
        };
        assert_eq!(wait("1200"), Some(Duration::from_mins(20)));
        assert_eq!(wait("Mon, 02 Nov 2026 10:05:00 GMT"), Some(Duration::from_mins(5)));
        assert_eq!(wait("Mon, 02 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!((wait("soon"), wait("-3")), (None, None));
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
