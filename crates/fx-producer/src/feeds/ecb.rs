//! The European Central Bank's euro foreign exchange reference rates: XML, once on each TARGET day at about 16:00 in
//! Frankfurt, and a file of the last 90 days beside it.

use chrono::NaiveDate;
use fx_config::FeedPlan;
use fx_domain::calendar::ecb_publication;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::door::{Answer, RawPrice, RawQuote};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use reqwest::Url;

use super::{Adapter, FeedError, Reading, RecentDays, Request, Response, check_base};

pub(crate) const ADAPTER: Adapter = Adapter {
    endpoint: "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml",
    request,
    parse,
    complaint,
    recent_days: Some(RecentDays { file: "eurofxref-hist-90d.xml", parse: parse_days }),
};

#[expect(clippy::unnecessary_wraps, reason = "the shape of all adapters")]
fn request(endpoint: Url, _: &FeedPlan) -> Result<Request, FeedError> {
    Ok(Request::open(endpoint))
}

fn parse(response: &Response, base: Currency) -> Result<Reading, FeedError> {
    check_base(Currency::EUR.code(), base)?;
    let newest = parse_days(response)?.pop();
    newest.map(Reading::of).ok_or_else(|| unreadable("no day in it, expected <Cube time='…'> with its rates"))
}

/// An error page of the ECB is HTML for people.
fn complaint(_: &[u8]) -> Option<String> {
    None
}

/// The days of a file, oldest first.
fn parse_days(response: &Response) -> Result<Vec<Answer>, FeedError> {
    check_format(&response.body)?;
    let mut reader = Reader::from_reader(response.body.as_slice());
    let (mut days, mut depth) = (Vec::new(), 0_u32);
    loop {
        match reader.read_event().map_err(broken)? {
            Event::Start(element) => {
                depth += 1;
                read_cube(&element, response.fetched_at, &mut days)?;
            }
            Event::Empty(element) => read_cube(&element, response.fetched_at, &mut days)?,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth > 0 => return Err(unreadable("it ends before its last element does")),
            Event::Eof => break,
            _ => {}
        }
    }
    days.sort_by_key(|day| day.source_ts);
    Ok(days)
}

fn check_format(body: &[u8]) -> Result<(), FeedError> {
    let start = body.trim_ascii_start();
    let begins = |text: &str| start.get(..text.len()).is_some_and(|have| have.eq_ignore_ascii_case(text.as_bytes()));
    match start.first() {
        None => Err(FeedError::Empty("XML")),
        Some(_) if begins("<!doctype html") || begins("<html") => {
            Err(FeedError::Format { got: "HTML", expected: "XML" })
        }
        Some(b'{' | b'[') => Err(FeedError::Format { got: "JSON", expected: "XML" }),
        Some(_) => Ok(()),
    }
}

/// `<Cube time='2026-09-24'>` begins a day, `<Cube currency='USD' rate='1.1367'/>` belongs to it.
fn read_cube(element: &BytesStart<'_>, fetched_at: Timestamp, days: &mut Vec<Answer>) -> Result<(), FeedError> {
    if element.local_name().as_ref() != b"Cube" {
        return Ok(());
    }
    if let Some(time) = attribute(element, "time")? {
        let date: NaiveDate =
            time.parse().map_err(|_| unreadable(format!("`{time}` is no date, expected one such as 2026-09-24")))?;
        let source_ts = ecb_publication(date);
        days.push(Answer { base: Currency::EUR, source_ts, fetched_at, quotes: Vec::new() });
    }
    let (code, rate) = (attribute(element, "currency")?, attribute(element, "rate")?);
    match (code, rate, days.last_mut()) {
        (None, None, _) => Ok(()),
        (Some(code), Some(rate), Some(day)) => {
            day.quotes.push(RawQuote { code, price: RawPrice::Mid(rate) });
            Ok(())
        }
        (code, rate, _) => {
            Err(unreadable(format!("currency {code:?} with rate {rate:?}, expected both, inside of a <Cube time='…'>")))
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, FeedError> {
    let found = element.try_get_attribute(name).map_err(broken)?;
    found.map(|found| found.unescape_value().map(std::borrow::Cow::into_owned).map_err(broken)).transpose()
}

fn unreadable(what: impl Into<String>) -> FeedError {
    FeedError::Unreadable(what.into())
}

fn broken(error: impl std::error::Error) -> FeedError {
    FeedError::Unreadable(error.to_string())
}
