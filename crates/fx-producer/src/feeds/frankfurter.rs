//! frankfurter.dev: the ECB's reference rates on any base, once on each TARGET day.

use chrono::NaiveDate;
use fx_config::FeedPlan;
use fx_domain::calendar::ecb_publication;
use fx_domain::currency::Currency;
use fx_domain::door::Answer;
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Table};
use super::{Adapter, FeedError, Reading, Request, Response, check_base, with_base_parameter};

pub(crate) const ADAPTER: Adapter =
    Adapter { endpoint: "https://api.frankfurter.dev/v1/latest", request, parse, complaint, recent_days: None };

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
    base: &'a str,
    date: NaiveDate,
    #[serde(borrow)]
    rates: Table<'a>,
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of all adapters")]
fn request(endpoint: Url, plan: &FeedPlan) -> Result<Request, FeedError> {
    Ok(Request::open(with_base_parameter(endpoint, "base", plan.base)))
}

fn parse(response: &Response, base: Currency) -> Result<Reading, FeedError> {
    if let Some(message) = complaint(&response.body) {
        return Err(FeedError::Complaint(message));
    }
    let body: Body<'_> = json::read(&response.body)?;
    check_base(body.base, base)?;
    check_amount(body.amount.get())?;
    Ok(Reading::of(Answer {
        base,
        source_ts: ecb_publication(body.date),
        fetched_at: response.fetched_at,
        quotes: body.rates.into_quotes(),
    }))
}

/// The rates are those of an amount: of anything but one they are no rates.
fn check_amount(amount: &str) -> Result<(), FeedError> {
    if matches!(amount.parse(), Ok(1.0)) {
        return Ok(());
    }
    Err(FeedError::Unreadable(format!("rates of an amount of {amount}, expected 1")))
}

fn complaint(body: &[u8]) -> Option<String> {
    json::complaint(body, |complaint: Complaint| Some(complaint.message))
}
