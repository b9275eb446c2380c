//! exchangerate-api.com with a key: the table every day, hour or five minutes, by plan.

use fx_config::FeedPlan;
use fx_domain::currency::Currency;
use fx_domain::door::Answer;
use reqwest::Url;
use serde::Deserialize;

use super::json::{self, Table};
use super::{Adapter, FeedError, Reading, Request, Response, check_base, with_base_segment};

pub(crate) const ADAPTER: Adapter = Adapter {
    // The key goes in a header, not in the path, where every proxy would log it.
    endpoint: "https://v6.exchangerate-api.com/v6/latest",
    request,
    parse,
    complaint,
    recent_days: None,
};

#[derive(Deserialize)]
struct Body<'a> {
    time_last_update_unix: i64,
    time_next_update_unix: i64,
    base_code: &'a str,
    #[serde(borrow)]
    conversion_rates: Table<'a>,
}

/// How both endpoints of version 6 say that something is wrong, also where the status is 200.
#[derive(Deserialize)]
struct Outcome {
    result: String,
    #[serde(rename = "error-type")]
    error_type: Option<String>,
}

fn request(endpoint: Url, plan: &FeedPlan) -> Result<Request, FeedError> {
    Request::keyed(with_base_segment(endpoint, plan.base), "Bearer", plan)
}

fn parse(response: &Response, base: Currency) -> Result<Reading, FeedError> {
    check_result(&response.body)?;
    let body: Body<'_> = json::read(&response.body)?;
    check_base(body.base_code, base)?;
    let answer = Answer {
        base,
        source_ts: json::unix(body.time_last_update_unix)?,
        fetched_at: response.fetched_at,
        quotes: body.conversion_rates.into_quotes(),
    };
    Ok(Reading { next_update: Some(json::unix(body.time_next_update_unix)?), ..Reading::of(answer) })
}

pub(super) fn check_result(body: &[u8]) -> Result<(), FeedError> {
    let outcome: Outcome = json::read(body)?;
    if outcome.result == "success" {
        return Ok(());
    }
    Err(FeedError::Complaint(outcome.error_type.unwrap_or(outcome.result).chars().take(200).collect()))
}

pub(super) fn complaint(body: &[u8]) -> Option<String> {
    json::complaint(body, |outcome: Outcome| outcome.error_type)
}
