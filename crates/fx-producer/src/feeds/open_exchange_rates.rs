//! openexchangerates.org: every hour on the free plan, in dollars.

use chrono::TimeDelta;
use fx_config::FeedPlan;
use fx_domain::currency::Currency;
use fx_domain::door::Answer;
use reqwest::Url;
use serde::Deserialize;

use super::json::{self, Table};
use super::{Adapter, FeedError, Reading, Request, Response, check_base};

pub(crate) const ADAPTER: Adapter =
    Adapter { endpoint: "https://openexchangerates.org/api/latest.json", request, parse, complaint, recent_days: None };

/// How often the free plan's table is made anew.
const CADENCE: TimeDelta = TimeDelta::hours(1);

#[derive(Deserialize)]
struct Body<'a> {
    timestamp: i64,
    base: &'a str,
    #[serde(borrow)]
    rates: Table<'a>,
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
}

fn request(endpoint: Url, plan: &FeedPlan) -> Result<Request, FeedError> {
    Request::keyed(endpoint, "Token", plan)
}

fn parse(response: &Response, base: Currency) -> Result<Reading, FeedError> {
    if let Some(message) = complaint(&response.body) {
        return Err(FeedError::Complaint(message));
    }
    let body: Body<'_> = json::read(&response.body)?;
    check_base(body.base, base)?;
    let source_ts = json::unix(body.timestamp)?;
    let answer = Answer { base, source_ts, fetched_at: response.fetched_at, quotes: body.rates.into_quotes() };
    // Asking more often than it publishes would use up a month's requests within a day.
    Ok(Reading { next_update: Some(source_ts + CADENCE), ..Reading::of(answer) })
}

fn complaint(body: &[u8]) -> Option<String> {
    json::complaint(body, |complaint: Complaint| Some(complaint.message))
}
