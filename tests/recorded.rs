//! The ECB's history and other recordings, replayed by the real program, against an independent reading of the files.
#![expect(clippy::cast_precision_loss, reason = "small numbers")]

mod support;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use support::{Service, recorded};

/// The file's rows, oldest first: the date, and the figure of each currency as written.
fn ecb_file() -> Option<Vec<(NaiveDate, BTreeMap<String, String>)>> {
    let file = File::open(recorded("daily/ecb-eurofxref-hist.zip")?).expect("it can be read");
    let mut archive = zip::ZipArchive::new(file).expect("a zip");
    let mut text = String::new();
    archive.by_index(0).expect("one file").read_to_string(&mut text).expect("text");
    let mut lines = text.lines();
    let codes: Vec<&str> = lines.next().expect("a header").split(',').skip(1).collect();
    let row = |line: &str| {
        let mut cells = line.split(',');
        let date = cells.next().expect("a date").parse().expect("a date");
        let figures = codes.iter().zip(cells).filter(|(code, figure)| !code.is_empty() && *figure != "N/A");
        (date, figures.map(|(code, figure)| ((*code).to_owned(), figure.to_owned())).collect())
    };
    let mut rows: Vec<_> = lines.map(row).collect();
    rows.reverse();
    Some(rows)
}

#[derive(Deserialize)]
struct Page {
    points: Vec<Point>,
    next_cursor: Option<String>,
}

#[derive(Clone, Deserialize)]
struct Point {
    source_ts: DateTime<Utc>,
    /// As written.
    mid: Box<RawValue>,
    price_stddev_20: Option<f64>,
    realized_vol: Option<f64>,
    ewma_vol: Option<f64>,
    quality: String,
}

impl Point {
    fn mid(&self) -> f64 {
        self.mid.get().parse().expect("a number")
    }
}

fn history(service: &Service, pair: &str) -> Vec<Point> {
    let (mut points, mut cursor) = (Vec::new(), String::new());
    loop {
        let text = service.text(&format!("/rates/{pair}/history?order=asc&limit=1000{cursor}"));
        let page: Page = serde_json::from_str(&text).expect("a page");
        points.extend(page.points);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return points,
        }
    }
}

/// Until the newest day has come through every part.
fn replayed(service: &Service, newest: &str) {
    for pair in ["EURUSD", "CNYINR"] {
        let path = format!("/rates/{pair}/history?order=desc&limit=1");
        service.until(&path, |page| page["points"][0]["source_ts"].as_str().is_some_and(|at| at.starts_with(newest)));
    }
}

/// Open-market time between two publications, in days: every day on which TARGET was open has its row, so rows are counted;
/// and where Frankfurt and New York change their clocks on different days, an hour is won or lost.
fn open_days(from: &(usize, NaiveDate), to: &(usize, NaiveDate)) -> f64 {
    let new_york = |day| f64::from(publication(day).with_timezone(&chrono_tz::America::New_York).hour());
    (to.0 - from.0) as f64 + (new_york(to.1) - new_york(from.1)) / 24.0
}

fn publication(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::from_hms_opt(16, 0, 0).expect("a time"));
    local.and_local_timezone(chrono_tz::Europe::Berlin).single().expect("no clock changes at 16:00").to_utc()
}

fn stddev(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

fn assert_close(what: &str, have: Option<f64>, want: Option<f64>, tolerance: f64) {
    match (have, want) {
        (Some(have), Some(want)) => assert!((have / want - 1.0).abs() < tolerance, "{what}: {have} is not {want}"),
        _ => assert_eq!(have, want, "{what}"),
    }
}

/// Checks levels and all three volatilities of a pair against the definitions.
fn check_pair(service: &Service, pair: &str, levels: &[((usize, NaiveDate), f64)]) {
    let points = history(service, pair);
    assert_eq!(points.len(), levels.len(), "{pair}");
    let mut variance: Option<f64> = None;
    let mut squares = Vec::new();
    for (i, (point, (at, level))) in points.iter().zip(levels).enumerate() {
        let what = format!("{pair} on {}", at.1);
        assert_eq!(point.source_ts, publication(at.1));
        // The day on which the franc was let go.
        let is_unusual = pair.contains("CHF") && at.1.to_string() == "2015-01-15";
        assert_eq!(point.quality, if is_unusual { "unusual" } else { "ok" }, "{what}");
        assert_close(&what, Some(point.mid()), Some(*level), 1e-11);
        let window = |n: usize| (i + 1 >= n).then(|| &levels[i + 1 - n..=i]);
        let stddev_20 = window(20).map(|window| stddev(&window.iter().map(|(_, level)| *level).collect::<Vec<_>>()));
        assert_close(&what, point.price_stddev_20, stddev_20, 1e-6);
        let realized = window(21).map(|window| {
            let returns: Vec<f64> = window.windows(2).map(|two| (two[1].1 / two[0].1).ln()).collect();
            let gap = open_days(&window[0].0, &window[20].0) / 20.0;
            stddev(&returns) * (260.0 / gap).sqrt()
        });
        assert_close(&what, point.realized_vol, realized, 1e-6);
        if i > 0 {
            let gap = open_days(&levels[i - 1].0, at);
            let square = (level / levels[i - 1].1).ln().powi(2) / gap;
            squares.push(square);
            variance = match variance {
                Some(variance) => {
                    let lambda = 0.94f64.powf(gap);
                    Some(lambda * variance + (1.0 - lambda) * square)
                }
                None if squares.len() == 20 => Some(squares.iter().sum::<f64>() / 20.0),
                None => None,
            };
        }
        assert_close(&what, point.ewma_vol, variance.map(|variance| (variance * 260.0).sqrt()), 1e-6);
    }
}

#[test]
fn the_ecbs_whole_history_comes_through_digit_for_digit_and_every_derived_figure_is_right() {
    let Some(rows) = ecb_file() else { return };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = recorded("daily/ecb-eurofxref-hist.zip").expect("it was there");
    let service = Service::start(folder.path(), &["--replay", &file.to_string_lossy(), "--speed", "max"]);
    let (newest, _) = rows.last().expect("rows");
    replayed(&service, &newest.to_string());
    assert_eq!(rows.len(), 7126);
    for code in ["USD", "GBP", "JPY", "CHF", "AUD", "CAD", "CNY", "INR"] {
        let published: Vec<_> = rows.iter().filter_map(|(day, row)| Some((*day, row.get(code)?.clone()))).collect();
        let points = history(&service, &format!("EUR{code}"));
        let have: Vec<_> = points.iter().map(|point| (point.source_ts, point.mid.get().to_owned())).collect();
        let want: Vec<_> = published.into_iter().map(|(day, figure)| (publication(day), figure)).collect();
        assert!(have == want, "EUR{code} is not the file");
    }
    let level = |row: &BTreeMap<String, String>, code: &str| -> Option<f64> {
        if code == "EUR" { Some(1.0) } else { row.get(code)?.parse().ok() }
    };
    for (base, quote) in
        [("EUR", "USD"), ("GBP", "USD"), ("USD", "JPY"), ("AUD", "CAD"), ("CHF", "JPY"), ("CNY", "INR")]
    {
        let rows = rows.iter().enumerate();
        let levels = rows.filter_map(|(i, (day, row))| Some(((i, *day), level(row, quote)? / level(row, base)?)));
        check_pair(&service, &format!("{base}{quote}"), &levels.collect::<Vec<_>>());
    }
    let (from, to) = ("2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z");
    let candles = service.get(&format!("/rates/EURUSD/candles?interval=1d&from={from}&to={to}"));
    let october = rows.iter().filter(|(day, _)| day.year() == 2026 && day.month() == 10);
    let want: Vec<_> = october.map(|(day, row)| (day.to_string(), level(row, "USD").expect("a dollar"))).collect();
    let candles = candles["candles"].as_array().expect("candles");
    assert_eq!(candles.len(), want.len());
    for (i, (candle, (day, close))) in candles.iter().zip(&want).enumerate() {
        assert!(candle["start"].as_str().is_some_and(|start| start.starts_with(day)));
        for side in ["open", "high", "low", "close"] {
            assert_eq!(candle[side].as_f64(), Some(*close));
        }
        // In a replay the recorded time counts, by which the newest day is not over.
        let is_over = i + 1 < want.len();
        assert_eq!((candle["count"].as_u64(), candle["complete"].as_bool()), (Some(1), Some(is_over)));
    }
    service.stop();
}

/// Stamps and closes of recorded bars.
fn bars(file: &str) -> Option<Vec<(DateTime<Utc>, f64)>> {
    let mut text = String::new();
    let file = File::open(recorded(file)?).expect("it can be read");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("text");
    let bar = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let stamp = DateTime::parse_from_str(cells[0], "%Y-%m-%d %H:%M:%S%:z").expect("a stamp").to_utc();
        (stamp, cells[4].parse().expect("a close"))
    };
    Some(text.lines().skip(1).map(bar).collect())
}

#[test]
fn candles_of_recorded_minutes_equal_the_file() {
    let (bid, ask) = ("bars/fxcm-gbpusd-m1-bid-2012-02.csv.gz", "bars/fxcm-gbpusd-m1-ask-2012-02.csv.gz");
    let (Some(bids), Some(asks)) = (bars(bid), bars(ask)) else { return };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = |file: &str| recorded(file).expect("it was there").to_string_lossy().into_owned();
    let (bid, ask) = (path(bid), path(ask));
    let args = ["--replay", &bid, "--replay-ask", &ask, "--pair", "GBPUSD", "--speed", "max"];
    let service = Service::start(folder.path(), &args);
    let asks: BTreeMap<_, _> = asks.into_iter().collect();
    let minute = TimeDelta::minutes(1);
    // Minutes whose bid lies above their ask are refused at the door.
    let two_sided =
        bids.iter().filter_map(|(at, bid)| Some((at, bid, asks.get(at)?))).filter(|(_, bid, ask)| bid <= ask);
    // The file has five digits after the point, so that a mid has at most six.
    let mid = |bid: f64, ask: f64| ((bid + ask) * 500_000.0).round() / 1_000_000.0;
    let mids: Vec<_> = two_sided.map(|(at, bid, ask)| (*at + minute, mid(*bid, *ask))).collect();
    let newest = mids.last().expect("bars").0.format("%Y-%m-%dT%H:%M").to_string();
    let path = "/rates/GBPUSD/history?order=desc&limit=1";
    service.until(path, |page| page["points"][0]["source_ts"].as_str().is_some_and(|at| at.starts_with(&newest)));
    let mut want: BTreeMap<DateTime<Utc>, Vec<f64>> = BTreeMap::new();
    for (at, mid) in &mids {
        let hour = at.with_minute(0).expect("on the hour");
        want.entry(hour).or_default().push(*mid);
    }
    let range = "from=2012-02-01T00:00:00Z&to=2012-03-02T00:00:00Z";
    let answer = service.get(&format!("/rates/GBPUSD/candles?interval=1h&{range}"));
    let candles = answer["candles"].as_array().expect("candles");
    assert_eq!(candles.len(), want.len(), "no candle is invented for an empty hour");
    for (candle, (start, mids)) in candles.iter().zip(want) {
        assert_eq!(candle["start"].as_str().and_then(|start| start.parse().ok()), Some(start));
        let extreme = |pick: fn(f64, f64) -> f64| mids.iter().copied().reduce(pick);
        assert_eq!(candle["high"].as_f64(), extreme(f64::max), "{start}");
        assert_eq!(candle["low"].as_f64(), extreme(f64::min), "{start}");
        assert_eq!((candle["open"].as_f64(), candle["close"].as_f64()), (mids.first().copied(), mids.last().copied()));
        assert_eq!(candle["count"].as_u64(), Some(mids.len() as u64));
    }
}
