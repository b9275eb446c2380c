//! exchangerate-api.com without a key: one table a day, and says when the next one comes.

use fx_config::FeedPlan;
use fx_domain::currency::Currency;
use fx_domain::door::Answer;
use reqwest::Url;
use serde::Deserialize;

use super::exchangerate_api_v6::{check_result, complaint};
use super::json::{self, Table};
use super::{Adapter, FeedError, Reading, Request, Response, check_base, with_base_segment};

pub(crate) const ADAPTER: Adapter =
    Adapter { endpoint: "https://open.er-api.com/v6/latest", request, parse, complaint, recent_days: None };

#[derive(Deserialize)]
struct Body<'a> {
    time_last_update_unix: i64,
    time_next_update_unix: i64,
    // The provider's pages write it both ways.
    #[serde(alias = "time_eol", default)]
    time_eol_unix: i64,
    base_code: &'a str,
    #[serde(borrow)]
    rates: Table<'a>,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of all adapters")]
fn request(endpoint: Url, plan: &FeedPlan) -> Result<Request, FeedError> {
    Ok(Request::open(with_base_segment(endpoint, plan.base)))
}

fn parse(response: &Response, base: Currency) -> Result<Reading, FeedError> {
    check_result(&response.body)?;
    let body: Body<'_> = json::read(&response.body)?;
    check_base(body.base_code, base)?;
    let answer = Answer {
        base,
        source_ts: json::unix(body.time_last_update_unix)?,
        fetched_at: response.fetched_at,
        quotes: body.rates.into_quotes(),
    };
    let mut reading = Reading::of(answer);
    reading.next_update = Some(json::unix(body.time_next_update_unix)?);
    if body.time_eol_unix != 0 {
        let end = json::unix(body.time_eol_unix)?;
        reading.warnings.push(format!("the provider ends this endpoint on {}", end.date_naive()));
    }
    Ok(reading)
}
