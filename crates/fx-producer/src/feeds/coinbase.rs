//! Coinbase's exchange rates: about every minute, figures in quotation marks, crypto codes mixed in, and no time but the
//! answer's `Date` header.

use fx_config::FeedPlan;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::door::Answer;
use reqwest::Url;
use reqwest::header::{DATE, HeaderMap};
use serde::Deserialize;

use super::json::{self, Table};
use super::{Adapter, FeedError, Reading, Request, Response, check_base, with_base_parameter};

pub(crate) const ADAPTER: Adapter =
    Adapter { endpoint: "https://api.coinbase.com/v2/exchange-rates", request, parse, complaint, recent_days: None };

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    currency: &'a str,
    #[serde(borrow)]
    rates: Table<'a>,
}

#[derive(Deserialize)]
struct Complaints {
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of all adapters")]
fn request(endpoint: Url, plan: &FeedPlan) -> Result<Request, FeedError> {
    Ok(Request::open(with_base_parameter(endpoint, "currency", plan.base)))
}

fn parse(response: &Response, base: Currency) -> Result<Reading, FeedError> {
    if let Some(message) = complaint(&response.body) {
        return Err(FeedError::Complaint(message));
    }
    let body: Body<'_> = json::read(&response.body)?;
    check_base(body.data.currency, base)?;
    let answer = Answer {
        base,
        source_ts: date_of(&response.headers)?,
        fetched_at: response.fetched_at,
        quotes: body.data.rates.into_unquoted(),
    };
    Ok(Reading { is_dated: false, ..Reading::of(answer) })
}

fn date_of(headers: &HeaderMap) -> Result<Timestamp, FeedError> {
    let date = headers.get(DATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    httpdate::parse_http_date(date)
        .map(Timestamp::from)
        .map_err(|_| FeedError::Unreadable(format!("Date header `{date}`, expected an HTTP date")))
}

fn complaint(body: &[u8]) -> Option<String> {
    json::complaint(body, |complaints: Complaints| complaints.errors.into_iter().next().map(|first| first.message))
}
