//! Recordings by their content, and what is said of a bad one.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use flate2::{Compression, Crc};
use fx_domain::door::RawPrice;
use fx_domain::pair::Pair;

use super::error::RecordingError;
use super::recording::{self, Entry, Kind};
use super::{Judge, file};

const ECB: &str = "Date,USD,JPY,CYP,\n2026-10-30,1.1172,175.680,N/A,\n2026-10-29,1.113,175.92,0.58,\n";
const BID: &str = "timestamp,open,high,low,close\n\
    2012-02-01 00:00:00+00:00,1.57597,1.57606,1.57576,1.57570\n\
    2012-02-01 00:01:00+00:00,1.57576,1.57583,1.57543,1.57543\n\
    2012-02-01 00:03:00+00:00,1.57543,1.57551,1.57542,1.57548\n";
const ASK: &str = "timestamp,open,high,low,close\n\
    2012-02-01 00:00:00+00:00,1.57608,1.57610,1.57585,1.57585\n\
    2012-02-01 00:02:00+00:00,1.57585,1.57591,1.57552,1.57552\n\
    2012-02-01 00:03:00+00:00,1.57552,1.57560,1.57548,1.57557\n";
const TICKS: &str = "timestamp,bid,ask\n\
    2013-01-01 22:00:00.295000+00:00,86.655,86.728\n\
    2013-01-01 22:00:00.295000+00:00,86.657,86.728\n\
    2013-01-01 22:00:00.296000+00:00,86.650,86.730\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).expect("written");
        path
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).expect("packed");
    packed.finish().expect("packed")
}

fn zip(name: &str, text: &str) -> Vec<u8> {
    let mut packed = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    packed.start_file(name, zip::write::SimpleFileOptions::default()).expect("packed");
    packed.write_all(text.as_bytes()).expect("packed");
    packed.finish().expect("packed").into_inner()
}

fn pair(id: &str) -> Option<Pair> {
    id.parse().ok()
}

/// Source time, code and figures of each entry.
fn read(path: &Path, ask: Option<&Path>, pair: Option<Pair>) -> Result<Vec<String>, RecordingError> {
    let kind = file::survey(path, &mut Crc::new())?.kind;
    recording::open(kind, path, ask, pair)?.map(|entry| Ok(shown(&entry?))).collect()
}

fn shown(entry: &Entry) -> String {
    assert_eq!(entry.answer.source_ts, entry.answer.fetched_at);
    let quotes = entry.answer.quotes.iter().map(|quote| match &quote.price {
        RawPrice::Mid(mid) => format!(" {} {mid}", quote.code),
        RawPrice::BidAsk(bid, ask) => format!(" {} {bid}/{ask}", quote.code),
    });
    let at = entry.answer.source_ts.format("%m-%dT%H:%M:%S%.6f");
    format!("{at} {}{}", entry.answer.base, quotes.collect::<String>())
}

#[test]
fn an_ecb_history_is_told_oldest_first_however_it_is_packed() {
    let folder = Folder::new();
    let expected =
        ["10-29T15:00:00.000000 EUR USD 1.113 JPY 175.92 CYP 0.58", "10-30T15:00:00.000000 EUR USD 1.1172 JPY 175.680"];
    for (name, content) in [
        ("a.csv", ECB.as_bytes().to_vec()),
        ("b.bin", gzip(ECB)),
        ("c.csv", zip("eurofxref-hist.csv", ECB)),
        ("d.csv", format!("\u{feff}{}", ECB.replace(',', ", ").replace('\n', "\r\n")).into_bytes()),
    ] {
        let path = folder.file(name, content);
        assert_eq!(read(&path, None, None).expect(name), expected, "{name}");
        assert_eq!(file::survey(&path, &mut Crc::new()).expect(name).records, 2, "{name}");
    }
}

#[test]
fn a_bar_is_its_close_at_the_end_of_its_minute() {
    let folder = Folder::new();
    let (bid, ask) = (folder.file("bid.csv.gz", gzip(BID)), folder.file("ask.csv", ASK));
    let mids = read(&bid, None, pair("GBPUSD")).expect("good");
    assert_eq!(mids[0], "02-01T00:01:00.000000 GBP USD 1.57570");
    assert_eq!(mids.len(), 3);
    let both = read(&bid, Some(&ask), pair("GBPUSD")).expect("good");
    let expected = ["02-01T00:01:00.000000 GBP USD 1.57570/1.57585", "02-01T00:04:00.000000 GBP USD 1.57548/1.57557"];
    assert_eq!(both, expected, "a minute of one side only is left out");
}

#[test]
fn ticks_of_one_millisecond_keep_their_order() {
    let folder = Folder::new();
    let ticks = read(&folder.file("t", TICKS), None, pair("USDJPY")).expect("good");
    let expected = [
        "01-01T22:00:00.295000 USD JPY 86.655/86.728",
        "01-01T22:00:00.295001 USD JPY 86.657/86.728",
        "01-01T22:00:00.296000 USD JPY 86.650/86.730",
    ];
    assert_eq!(ticks, expected);
}

#[test]
fn a_malformed_line_is_named_with_file_line_and_value() {
    let folder = Folder::new();
    let said = |name: &str, text: String, pair: Option<Pair>| {
        let path = folder.file(name, text);
        read(&path, None, pair).expect_err("malformed").to_string()
    };
    let date = said("e.csv", ECB.replace("2026-10-29", "29.10.26"), None);
    assert!(date.contains("e.csv, line 3: `29.10.26` is no date"), "{date}");
    let short = said("s.csv", ECB.replace("175.92,0.58,", "175.92"), None);
    assert!(short.contains("s.csv, line 3: `2026-10-29,1.113,175.92` has 3 fields, expected 5"), "{short}");
    let twice = said("w.csv", ECB.replace("2026-10-29", "2026-10-30"), None);
    assert!(twice.contains("2026-10-30 stands twice"), "{twice}");
    let time = said("t.csv", TICKS.replace("2013-01-01 22:00:00.296000+00:00", "soon"), pair("USDJPY"));
    assert!(time.contains("t.csv, line 4: `soon` is no time"), "{time}");
    let back = said("k.csv", TICKS.replace("22:00:00.296", "21:00:00.296"), pair("USDJPY"));
    assert!(back.contains("line 4: time 2013-01-01 21:00:00.296 UTC after"), "{back}");
    let same = said("b.csv", BID.replace("00:03:00", "00:01:00"), pair("GBPUSD"));
    assert!(same.contains("line 4: time 2012-02-01 00:01:00 UTC after"), "{same}");
}

#[test]
fn a_figure_that_is_none_is_malformed_and_one_that_cannot_be_is_refused() {
    let folder = Folder::new();
    let tracked = || ["USD", "JPY"].map(|code| code.parse().expect("known")).to_vec();
    let mut judge = Judge::new(Kind::Ticks, tracked(), chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(40_000));
    let path = folder.file("t.csv", TICKS.replace("86.657", "86.757").replace("86.650", "x1"));
    let mut entries = recording::open(Kind::Ticks, &path, None, pair("USDJPY")).expect("opens");
    let mut next = || entries.next().expect("three").expect("readable");
    assert!(judge.judge(&next()).expect("good").is_some());
    assert!(judge.judge(&next()).expect("refused, not malformed").is_none());
    assert_eq!(judge.refused().get("bid_above_ask"), Some(&1));
    let error = judge.judge(&next()).expect_err("malformed").to_string();
    assert!(error.contains("t.csv, line 4: JPY: `x1` is no number"), "{error}");
}

#[test]
fn what_is_no_recording_is_said() {
    let folder = Folder::new();
    let said =
        |name: &str, content: Vec<u8>| read(&folder.file(name, content), None, None).expect_err(name).to_string();
    assert!(said("a.txt", b"hello\nworld\n".to_vec()).contains("a.txt begins with `hello`"));
    assert!(said("empty", Vec::new()).contains("begins with ``"));
    assert!(said("header.csv", b"timestamp,bid,ask\n".to_vec()).contains("has no record in it"));
    assert!(said("other.zip", zip("readme.txt", "x")).contains("0 CSV files, expected one"));
    assert!(said("cut.zip", zip("a.csv", ECB)[..60].to_vec()).contains("cut.zip"));
    assert!(said("cut.gz", gzip(ECB)[..30].to_vec()).contains("cut.gz"));
    let absent = read(Path::new("/nowhere/at/all.csv"), None, None).expect_err("absent").to_string();
    assert!(absent.contains("/nowhere/at/all.csv: No such file"), "{absent}");
}
