//! The providers that are polled, each an adapter of the same shape: where to ask, what to send, how to read the answer.
//!
//! An adapter reads and judges nothing but the shape: figures are handed on as they are written, and
//! [`fx_domain::door`] decides. Kraken, which is not polled, has a module of its own.

pub(crate) mod coinbase;
pub(crate) mod ecb;
mod error;
pub(crate) mod exchangerate_api_open;
pub(crate) mod exchangerate_api_v4;
pub(crate) mod exchangerate_api_v6;
pub(crate) mod frankfurter;
mod json;
pub(crate) mod open_exchange_rates;
#[cfg(test)]
mod tests;

use fx_config::{FeedPlan, Provider};
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::door::Answer;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};

pub(crate) use error::FeedError;

/// What a provider is asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Never holds a key.
    pub(crate) url: Url,
    /// Marked as sensitive, so that no dump shows it.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Request {
    fn open(url: Url) -> Self {
        Self { url, authorization: None }
    }

    /// With the feed's key, if it has one, in `Authorization: SCHEME KEY`.
    fn keyed(url: Url, scheme: &str, plan: &FeedPlan) -> Result<Self, FeedError> {
        let Some(key) = &plan.api_key else { return Ok(Self::open(url)) };
        let mut value = HeaderValue::from_str(&format!("{scheme} {}", key.expose())).map_err(|_| FeedError::Key)?;
        value.set_sensitive(true);
        Ok(Self { url, authorization: Some(value) })
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) fetched_at: Timestamp,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) answer: Answer,
    /// Whether the provider dates its table. Where it does not, the same figures later are nothing new.
    pub(crate) is_dated: bool,
    /// When the provider says that it publishes next.
    pub(crate) next_update: Option<Timestamp>,
    /// What an operator should know, such as the endpoint's end of life.
    pub(crate) warnings: Vec<String>,
}

impl Reading {
    fn of(answer: Answer) -> Self {
        Self { answer, is_dated: true, next_update: None, warnings: Vec::new() }
    }
}

/// One provider.
pub(crate) struct Adapter {
    /// Where it answers; `url` of the settings stands in its place.
    pub(crate) endpoint: &'static str,
    pub(crate) request: fn(Url, &FeedPlan) -> Result<Request, FeedError>,
    /// Reads a successful answer on the given base.
    pub(crate) parse: fn(&Response, Currency) -> Result<Reading, FeedError>,
    /// What an unsuccessful answer says is wrong, in the provider's words.
    pub(crate) complaint: fn(&[u8]) -> Option<String>,
    /// The days before the newest one, where the provider has a file of them.
    pub(crate) recent_days: Option<RecentDays>,
}

/// A provider's file of recent days.
#[derive(Clone, Copy)]
pub(crate) struct RecentDays {
    /// Relative to the endpoint.
    pub(crate) file: &'static str,
    pub(crate) parse: fn(&Response) -> Result<Vec<Answer>, FeedError>,
}

/// The adapter of a polled provider; `None` for a stream.
pub(crate) fn adapter(provider: Provider) -> Option<&'static Adapter> {
    match provider {
        Provider::Kraken => None,
        Provider::ExchangerateApiOpen => Some(&exchangerate_api_open::ADAPTER),
        Provider::ExchangerateApiV6 => Some(&exchangerate_api_v6::ADAPTER),
        Provider::ExchangerateApiV4 => Some(&exchangerate_api_v4::ADAPTER),
        Provider::Frankfurter => Some(&frankfurter::ADAPTER),
        Provider::Ecb => Some(&ecb::ADAPTER),
        Provider::OpenExchangeRates => Some(&open_exchange_rates::ADAPTER),
        Provider::Coinbase => Some(&coinbase::ADAPTER),
    }
}

/// `endpoint` with the base as its last segment.
fn with_base_segment(mut endpoint: Url, base: Currency) -> Url {
    if let Ok(mut segments) = endpoint.path_segments_mut() {
        segments.pop_if_empty().push(base.code());
    }
    endpoint
}

/// `endpoint` with the base as a parameter.
fn with_base_parameter(mut endpoint: Url, name: &str, base: Currency) -> Url {
    endpoint.query_pairs_mut().append_pair(name, base.code());
    endpoint
}

/// Refuses an answer on another base than was asked for.
fn check_base(got: &str, wanted: Currency) -> Result<(), FeedError> {
    if got.parse() == Ok(wanted) {
        return Ok(());
    }
    Err(FeedError::WrongBase { got: got.to_owned(), wanted })
}
