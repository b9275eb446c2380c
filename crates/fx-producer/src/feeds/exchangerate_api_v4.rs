//! exchangerate-api.com version 4: two or three decimals only, up to 80 bp off on a cross. The provider asks to leave it.

use fx_config::FeedPlan;
use fx_domain::currency::Currency;
use fx_domain::door::Answer;
use reqwest::Url;
use serde::Deserialize;

use super::exchangerate_api_v6::complaint;
use super::json::{self, Table};
use super::{Adapter, FeedError, Reading, Request, Response, check_base, with_base_segment};

pub(crate) const ADAPTER: Adapter =
    Adapter { endpoint: "https://api.exchangerate-api.com/v4/latest", request, parse, complaint, recent_days: None };

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "WARNING_UPGRADE_TO_V6", borrow)]
    upgrade: Option<std::borrow::Cow<'a, str>>,
    base: &'a str,
    time_last_updated: i64,
    #[serde(borrow)]
    rates: Table<'a>,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of all adapters")]
fn request(endpoint: Url, plan: &FeedPlan) -> Result<Request, FeedError> {
    Ok(Request::open(with_base_segment(endpoint, plan.base)))
}

fn parse(response: &Response, base: Currency) -> Result<Reading, FeedError> {
    let body: Body<'_> = json::read(&response.body)?;
    check_base(body.base, base)?;
    let answer = Answer {
        base,
        source_ts: json::unix(body.time_last_updated)?,
        fetched_at: response.fetched_at,
        quotes: body.rates.into_quotes(),
    };
    let warnings = body.upgrade.map(|page| format!("the provider asks to upgrade to version 6: {page}"));
    Ok(Reading { warnings: warnings.into_iter().collect(), ..Reading::of(answer) })
}
