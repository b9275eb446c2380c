//! Every provider's shape, good and bad. The hand-made answers are in the exact shapes of the recorded ones.

use std::path::PathBuf;

use fx_config::Settings;
use fx_domain::door::RawPrice;
use reqwest::header::DATE;

use super::*;

const OPEN: &str = r#"{"result":"success","provider":"https://www.exchangerate-api.com","documentation":"d",
    "terms_of_use":"t","time_last_update_unix":1724025751,"time_last_update_utc":"Mon, 19 Aug 2024 00:02:31 +0000",
    "time_next_update_unix":1724112381,"time_next_update_utc":"u","time_eol_unix":0,"base_code":"USD",
    "rates":{"USD":1,"EUR":0.90760,"JPY":147.5,"BTC":1.7e-5}}"#;
const KEYED: &str = r#"{"result":"success","documentation":"d","terms_of_use":"t","time_last_update_unix":1724025751,
    "time_last_update_utc":"l","time_next_update_unix":1724029351,"time_next_update_utc":"u","base_code":"USD",
    "conversion_rates":{"USD":1,"EUR":0.9076}}"#;
const V4: &str = r#"{"provider":"p","WARNING_UPGRADE_TO_V6":"https://www.exchangerate-api.com/docs/free","terms":"t",
    "base":"USD","date":"2024-09-18","time_last_updated":1726617601,"rates":{"USD":1,"EUR":0.899}}"#;
const FRANKFURTER: &str = r#"{"amount":1.0,"base":"USD","date":"2025-04-11","rates":{"EUR":0.88137,"GBP":0.7664}}"#;
const OXR: &str =
    r#"{"disclaimer":"d","license":"l","timestamp":1782277200,"base":"USD","rates":{"EUR":0.8801,"USD":1}}"#;
const COINBASE: &str = r#"{"data":{"currency":"USD","rates":{"EUR":"0.880","BTC":"0.00025","XAU":"0"}}}"#;
const ECB: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>
    <Cube time="2026-09-24"><Cube currency='USD' rate='1.1367'/><Cube currency='JPY' rate='180.50'/></Cube>
    <Cube time='2026-09-23'><Cube currency="USD" rate="1.1301"/></Cube>
  </Cube>
</gesmes:Envelope>"#;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn response(body: impl Into<Vec<u8>>) -> Response {
    let date = HeaderValue::from_static("Tue, 03 Nov 2026 10:00:00 GMT");
    let headers = HeaderMap::from_iter([(DATE, date)]);
    Response { headers, body: body.into(), fetched_at: at("2026-11-03T10:00:01Z") }
}

fn parse(provider: Provider, body: impl Into<Vec<u8>>) -> Result<Reading, FeedError> {
    let base = provider.default_base();
    (adapter(provider).expect("a polled provider").parse)(&response(body), base)
}

fn mid<'a>(reading: &'a Reading, code: &str) -> Option<&'a str> {
    let quote = reading.answer.quotes.iter().find(|quote| quote.code == code)?;
    match &quote.price {
        RawPrice::Mid(mid) => Some(mid),
        RawPrice::BidAsk(..) => None,
    }
}

fn polled() -> impl Iterator<Item = (Provider, &'static str)> {
    [
        (Provider::ExchangerateApiOpen, OPEN),
        (Provider::ExchangerateApiV6, KEYED),
        (Provider::ExchangerateApiV4, V4),
        (Provider::Frankfurter, FRANKFURTER),
        (Provider::Ecb, ECB),
        (Provider::OpenExchangeRates, OXR),
        (Provider::Coinbase, COINBASE),
    ]
    .into_iter()
}

/// A recorded answer, where the recordings are at hand.
fn recorded(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/feeds").join(name);
    let body = std::fs::read(&path).ok();
    if body.is_none() {
        println!("skipped: {} is not there", path.display());
    }
    body
}

#[test]
fn figures_times_and_hints_are_read_as_written() {
    let open = parse(Provider::ExchangerateApiOpen, OPEN).expect("good");
    assert_eq!((mid(&open, "EUR"), mid(&open, "BTC"), mid(&open, "USD")), (Some("0.90760"), Some("1.7e-5"), Some("1")));
    assert_eq!(open.answer.source_ts, at("2024-08-19T00:02:31Z"));
    assert_eq!(open.next_update, Some(at("2024-08-20T00:06:21Z")));
    assert_eq!((open.is_dated, open.warnings.len()), (true, 0));

    let keyed = parse(Provider::ExchangerateApiV6, KEYED).expect("good");
    assert_eq!((mid(&keyed, "EUR"), keyed.next_update), (Some("0.9076"), Some(at("2024-08-19T01:02:31Z"))));

    let v4 = parse(Provider::ExchangerateApiV4, V4).expect("good");
    assert_eq!((mid(&v4, "EUR"), v4.answer.source_ts), (Some("0.899"), at("2024-09-18T00:00:01Z")));
    assert_eq!(v4.warnings, ["the provider asks to upgrade to version 6: https://www.exchangerate-api.com/docs/free"]);

    let frankfurter = parse(Provider::Frankfurter, FRANKFURTER).expect("good");
    assert_eq!((mid(&frankfurter, "EUR"), frankfurter.answer.source_ts), (Some("0.88137"), at("2025-04-11T14:00:00Z")));

    let oxr = parse(Provider::OpenExchangeRates, OXR).expect("good");
    assert_eq!((mid(&oxr, "EUR"), oxr.answer.source_ts), (Some("0.8801"), at("2026-06-24T05:00:00Z")));
    assert_eq!(oxr.next_update, Some(at("2026-06-24T06:00:00Z")));

    let coinbase = parse(Provider::Coinbase, COINBASE).expect("good");
    assert_eq!((mid(&coinbase, "EUR"), mid(&coinbase, "XAU")), (Some("0.880"), Some("0")));
    assert_eq!((coinbase.is_dated, coinbase.answer.source_ts), (false, at("2026-11-03T10:00:00Z")));

    let ecb = parse(Provider::Ecb, ECB).expect("good");
    assert_eq!((mid(&ecb, "JPY"), ecb.answer.source_ts), (Some("180.50"), at("2026-09-24T14:00:00Z")));
    assert_eq!(ecb.answer.base, Currency::EUR);
}

#[test]
fn the_recorded_answers_are_read_to_the_last_digit() {
    if let Some(body) = recorded("open-er-api-v6-latest-USD-2024-08-19.json") {
        let reading = parse(Provider::ExchangerateApiOpen, body).expect("good");
        assert_eq!((reading.answer.quotes.len(), mid(&reading, "AFN")), (162, Some("71.016252")));
    }
    if let Some(body) = recorded("coinbase-v2-exchange-rates-USD-2019-03-20.json") {
        let reading = parse(Provider::Coinbase, body).expect("good");
        assert_eq!((reading.answer.quotes.len(), mid(&reading, "AWG")), (74, Some("1.80")));
    }
    if let Some(body) = recorded("ecb-eurofxref-daily-2026-09-24.xml") {
        let reading = parse(Provider::Ecb, body).expect("good");
        assert_eq!((reading.answer.quotes.len(), mid(&reading, "ISK")), (21, Some("138.00")));
    }
}

#[test]
fn the_days_of_the_ecb_come_oldest_first() {
    let recent = adapter(Provider::Ecb).and_then(|ecb| ecb.recent_days).expect("a file of recent days");
    let days = (recent.parse)(&response(ECB)).expect("good");
    let times: Vec<_> = days.iter().map(|day| day.source_ts.date_naive().to_string()).collect();
    assert_eq!(times, ["2026-09-23", "2026-09-24"]);
}

#[test]
fn half_an_answer_nothing_and_html_are_told_apart() {
    for (provider, body) in polled() {
        for length in [body.len() / 3, body.len() / 2, body.len() - 1] {
            let error = parse(provider, &body.as_bytes()[..length]).expect_err("half an answer");
            assert!(matches!(error, FeedError::Unreadable(_)), "{provider:?} to {length}: {error}");
        }
        let html = parse(provider, "<!DOCTYPE html><html><body>Bad gateway</body></html>").expect_err("html");
        assert!(matches!(html, FeedError::Format { got: "HTML", .. }), "{provider:?}: {html}");
        assert!(matches!(parse(provider, "  \n"), Err(FeedError::Empty(_))), "{provider:?}");
        for junk in ["null", "[]", "{}", "42", "\u{0}", "{\"rates\":[]}"] {
            assert!(parse(provider, junk).is_err(), "{provider:?}: {junk}");
        }
    }
}

#[test]
fn another_base_is_refused_by_name() {
    for (provider, body) in polled().filter(|(provider, _)| *provider != Provider::Ecb) {
        let other = body.replace(r#""USD","#, r#""GBP","#);
        let error = parse(provider, other).expect_err("another base");
        assert_eq!(error.to_string(), "answer is on base `GBP`, expected USD", "{provider:?}");
    }
}

#[test]
fn a_success_that_is_none_gives_the_providers_words() {
    let said = |provider, body: &str| parse(provider, body).expect_err("no success").to_string();
    let error = r#"{"result":"error","error-type":"invalid-key"}"#;
    assert_eq!(said(Provider::ExchangerateApiV6, error), "provider says `invalid-key`");
    assert_eq!(said(Provider::ExchangerateApiOpen, error), "provider says `invalid-key`");
    assert_eq!(said(Provider::Frankfurter, r#"{"message":"not found"}"#), "provider says `not found`");
    let error = r#"{"error":true,"status":401,"message":"invalid_app_id","description":"long"}"#;
    assert_eq!(said(Provider::OpenExchangeRates, error), "provider says `invalid_app_id`");
    let error = r#"{"errors":[{"id":"invalid_request","message":"Currency is invalid"}]}"#;
    assert_eq!(said(Provider::Coinbase, error), "provider says `Currency is invalid`");
    assert!(FeedError::Complaint("invalid-key".to_owned()).is_final());
    assert!(!FeedError::Complaint("quota-reached".to_owned()).is_final());
}

#[test]
fn oddities_are_refused_with_their_value() {
    let said = |provider, body: String| parse(provider, body).expect_err("odd").to_string();
    let amount = said(Provider::Frankfurter, FRANKFURTER.replace("1.0", "10.0"));
    assert!(amount.contains("amount of 10.0, expected 1"), "{amount}");
    let twice = said(Provider::ExchangerateApiOpen, OPEN.replace(r#""JPY":147.5"#, r#""EUR":2"#));
    assert!(twice.contains("EUR stands twice"), "{twice}");
    let time = said(Provider::ExchangerateApiOpen, OPEN.replace("1724025751", "99999999999999999"));
    assert!(time.contains("`99999999999999999` is no time"), "{time}");
    let date = said(Provider::Ecb, ECB.replace("2026-09-24", "24.9.2026"));
    assert!(date.contains("`24.9.2026` is no date"), "{date}");
    let lonely = said(Provider::Ecb, ECB.replace("rate='1.1367'", ""));
    assert!(lonely.contains("expected both"), "{lonely}");
    let coinbase = adapter(Provider::Coinbase).expect("polled");
    let undated = Response { headers: HeaderMap::new(), ..response(COINBASE) };
    let error = (coinbase.parse)(&undated, Currency::USD).expect_err("no date");
    assert!(error.to_string().contains("Date header"), "{error}");
}

#[test]
fn the_end_of_an_endpoint_is_a_warning_however_it_is_written() {
    for body in [
        OPEN.replace(r#""time_eol_unix":0"#, r#""time_eol_unix":1924992000"#),
        OPEN.replace(r#""time_eol_unix":0"#, r#""time_eol":1924992000"#),
    ] {
        let reading = parse(Provider::ExchangerateApiOpen, body).expect("good");
        assert_eq!(reading.warnings, ["the provider ends this endpoint on 2031-01-01"]);
    }
}

#[test]
fn requests_name_the_base_and_hide_the_key() {
    let settings = Settings::default();
    let mut plan = settings.feeds.plans(&settings.currencies).pop().expect("three feeds");
    let expected = [
        (Provider::ExchangerateApiOpen, "https://open.er-api.com/v6/latest/USD", None),
        (Provider::ExchangerateApiV6, "https://v6.exchangerate-api.com/v6/latest/USD", Some("Bearer sesame")),
        (Provider::ExchangerateApiV4, "https://api.exchangerate-api.com/v4/latest/USD", None),
        (Provider::Frankfurter, "https://api.frankfurter.dev/v1/latest?base=USD", None),
        (Provider::Ecb, "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml", None),
        (Provider::OpenExchangeRates, "https://openexchangerates.org/api/latest.json", Some("Token sesame")),
        (Provider::Coinbase, "https://api.coinbase.com/v2/exchange-rates?currency=USD", None),
    ];
    for (provider, url, authorization) in expected {
        (plan.provider, plan.base, plan.api_key) =
            (provider, provider.default_base(), Some("sesame".to_owned().into()));
        let adapter = adapter(provider).expect("a polled provider");
        let request = (adapter.request)(adapter.endpoint.parse().expect("a url"), &plan).expect("a request");
        assert_eq!(request.url.as_str(), url);
        assert_eq!(request.authorization.as_ref().and_then(|value| value.to_str().ok()), authorization);
        assert!(!format!("{request:?}").contains("sesame"), "{provider:?}");
    }
    plan.api_key = Some("ses\u{7}ame".to_owned().into());
    let keyed = adapter(Provider::ExchangerateApiV6).expect("polled");
    let error = (keyed.request)(keyed.endpoint.parse().expect("a url"), &plan).expect_err("no header");
    assert!(!error.to_string().contains("ame"), "{error}");
}
