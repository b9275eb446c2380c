//! Recordings in place of live feeds.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use fx_domain::feed::FeedState;
use fx_producer::replay::{Progress, ReplayEnd, ReplayError, ReplayOptions, Speed, run};
use tokio_util::sync::CancellationToken;

use crate::stage::{Stage, shown, soon};

const TICKS: &str = "timestamp,bid,ask\n\
    2013-01-01 22:00:00.295000+00:00,86.655,86.728\n\
    2013-01-01 22:00:00.295000+00:00,86.657,86.728\n\
    2013-01-01 22:00:01.000000+00:00,86.650,86.730\n";

fn options(file: &Path) -> ReplayOptions {
    ReplayOptions { file: file.to_owned(), ask_file: None, pair: None, speed: Speed::Max }
}

fn of_pair(file: &Path, pair: &str) -> ReplayOptions {
    ReplayOptions { pair: pair.parse().ok(), ..options(file) }
}

async fn replay(stage: &Stage, options: &ReplayOptions) -> Result<ReplayEnd, ReplayError> {
    replay_until(stage, options, stage.shutdown.clone(), |_| {}).await
}

async fn replay_until(
    stage: &Stage,
    options: &ReplayOptions,
    shutdown: CancellationToken,
    progress: impl Fn(Progress) + Send + Sync,
) -> Result<ReplayEnd, ReplayError> {
    let (log, clock, health) = (stage.log.clone(), stage.clock.clone(), stage.health.clone());
    soon("the end of the replay", run(options, &stage.settings, log, clock, health, shutdown, progress)).await
}

/// A recorded file, where the recordings are at hand.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn recorded(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    let is_there = path.exists();
    if !is_there {
        println!("skipped: {} is not there", path.display());
    }
    is_there.then_some(path)
}

fn written(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("written");
    path
}

#[tokio::test]
async fn ticks_are_published_with_their_origin_and_once() {
    let (stage, folder) = (Stage::new(), tempfile::tempdir().expect("a directory"));
    let file = written(&folder, "ticks.csv", TICKS);
    let end = replay(&stage, &of_pair(&file, "USDJPY")).await.expect("replayed");
    assert_eq!((end.source.as_str(), end.published, end.is_complete), ("ticks", 3, true));
    let again = replay(&stage, &of_pair(&file, "USDJPY")).await.expect("nothing left");
    assert_eq!((again.published, again.is_complete), (0, true));
    assert_eq!(again.resumed_after.map(|at| at.to_rfc3339()).as_deref(), Some("2013-01-01T22:00:01+00:00"));

    let all = stage.all().await;
    assert_eq!(all.len(), 4, "three quotes and a last word");
    let times: Vec<_> = all[..3].iter().map(|(batch, _)| batch.source_ts.format("%S%.6f").to_string()).collect();
    assert_eq!(times, ["00.295000", "00.295001", "01.000000"]);
    assert_eq!(shown(&all[0].0), "JPY 86.655/86.728");
    assert_eq!(all[0].0.status.as_ref().map(|status| status.state), Some(FeedState::Replay));
    let word = &all[3].0;
    assert_eq!((word.quotes.len(), word.status.as_ref().map(|status| status.state)), (0, Some(FeedState::Replay)));
    for (batch, origin) in &all {
        assert_eq!(batch.fetched_at, batch.source_ts);
        assert!(origin.as_deref().is_some_and(|origin| origin.starts_with("replay:ticks:ticks.csv:")), "{origin:?}");
    }
}

#[tokio::test]
async fn a_stopped_replay_goes_on_where_it_was() {
    let (stage, folder) = (Stage::new(), tempfile::tempdir().expect("a directory"));
    let lines: Vec<_> = (0..2000)
        .map(|n| format!("2013-01-01 22:{:02}:{:02}.{:03}+00:00,86.6{n:04},86.728\n", n / 600, n / 10 % 60, n % 10 / 3))
        .collect();
    let file = written(&folder, "ticks.csv", &format!("timestamp,bid,ask\n{}", lines.concat()));
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let whole = of_pair(&file, "USDJPY");
    let stopped = replay_until(&stage, &whole, shutdown, move |progress| {
        assert_eq!(progress.total, 2000);
        if progress.done >= 512 {
            stop.cancel();
        }
    });
    let stopped = stopped.await.expect("stopped");
    assert!(!stopped.is_complete && stopped.published >= 512 && stopped.published < 2000, "{stopped:?}");
    let rest = replay(&stage, &of_pair(&file, "USDJPY")).await.expect("replayed");
    assert_eq!(stopped.published + rest.published, 2000);

    let quotes: Vec<_> = stage.all().await.into_iter().filter(|(batch, _)| !batch.quotes.is_empty()).collect();
    assert_eq!(quotes.len(), 2000);
    assert!(quotes.is_sorted_by(|(a, _), (b, _)| a.source_ts < b.source_ts), "each has its own time");
    let as_read: Vec<_> = (0..2000).map(|n| format!("JPY 86.6{n:04}/86.728")).collect();
    assert_eq!(quotes.iter().map(|(batch, _)| shown(batch)).collect::<Vec<_>>(), as_read);
}

#[tokio::test]
async fn rates_from_elsewhere_that_are_later_refuse_it() {
    let (stage, folder) = (Stage::new(), tempfile::tempdir().expect("a directory"));
    let file = written(&folder, "ticks.csv", TICKS);
    replay(&stage, &of_pair(&file, "USDJPY")).await.expect("replayed");
    let other = written(&folder, "other.csv", &TICKS.replace("86.650", "86.651"));
    let refused = replay(&stage, &of_pair(&other, "USDJPY")).await.expect_err("later rates").to_string();
    assert!(refused.starts_with("the log has rates of `ticks` up to 2013-01-01 22:00:01 UTC"), "{refused}");
    let same_for_another_pair = replay(&stage, &of_pair(&file, "USDCHF")).await;
    assert!(matches!(same_for_another_pair, Err(ReplayError::LaterRates { .. })));
    let later = written(&folder, "later.csv", &TICKS.replace("2013-01-01", "2013-01-02"));
    assert_eq!(replay(&stage, &of_pair(&later, "USDJPY")).await.expect("it comes after").published, 3);
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let (stage, folder) = (Stage::new(), tempfile::tempdir().expect("a directory"));
    let ticks = written(&folder, "ticks.csv", TICKS);
    let ecb = written(&folder, "ecb.csv", "Date,USD\n2026-10-30,1.1172\n");
    let said = async |options: ReplayOptions| replay(&stage, &options).await.expect_err("refused").to_string();
    assert_eq!(said(options(&ticks)).await, "ticks do not name their pair: give it, such as --pair GBPUSD");
    assert!(said(of_pair(&ecb, "EURUSD")).await.contains("leave --pair out"));
    assert!(said(of_pair(&ticks, "USDSEK")).await.contains("SEK is not tracked"));
    let with_ask = ReplayOptions { ask_file: Some(ticks.clone()), ..of_pair(&ticks, "USDJPY") };
    assert!(said(with_ask).await.contains("leave --replay-ask out"));
    assert!(stage.all().await.is_empty());
}

#[tokio::test]
async fn what_stands_before_a_malformed_line_is_kept() {
    let (stage, folder) = (Stage::new(), tempfile::tempdir().expect("a directory"));
    let file = written(&folder, "ticks.csv", &TICKS.replace("86.650", "oops"));
    let error = replay(&stage, &of_pair(&file, "USDJPY")).await.expect_err("malformed").to_string();
    assert!(error.contains("ticks.csv, line 4: JPY: `oops` is no number"), "{error}");
    assert_eq!(stage.all().await.len(), 2);
}

#[tokio::test]
async fn a_log_that_refuses_for_a_while_loses_nothing() {
    let (stage, folder) = (Stage::new(), tempfile::tempdir().expect("a directory"));
    stage.refuse(2);
    let file = written(&folder, "ticks.csv", TICKS);
    assert_eq!(replay(&stage, &of_pair(&file, "USDJPY")).await.expect("replayed").published, 3);
    assert_eq!(stage.all().await.len(), 4);
}

#[tokio::test]
async fn the_whole_ecb_history_is_replayed() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let (stage, done) = (Stage::new(), AtomicU64::new(0));
    let whole = options(&file);
    let end = replay_until(&stage, &whole, CancellationToken::new(), |progress| {
        done.store(progress.done, Ordering::SeqCst);
    });
    let end = end.await.expect("replayed");
    assert_eq!((end.source.as_str(), end.published, done.into_inner()), ("ecb", 7126, 7126));
    let all = stage.all().await;
    let (first, last) = (&all[0].0, &all[7125].0);
    assert_eq!(first.source_ts.to_rfc3339(), "1999-01-04T15:00:00+00:00");
    assert_eq!(shown(first), "USD 1.1789 JPY 133.73 GBP 0.7111 CHF 1.6168 AUD 1.91 CAD 1.8004");
    assert!(shown(last).starts_with("USD 1.1172 JPY 175.68"));
    assert!(all.is_sorted_by(|(a, _), (b, _)| a.source_ts <= b.source_ts));
}

#[tokio::test]
async fn the_recorded_bars_and_ticks_are_replayed() {
    let Some(bid) = recorded("bars/fxcm-gbpusd-m1-bid-2012-02.csv.gz") else { return };
    let Some(ask) = recorded("bars/fxcm-gbpusd-m1-ask-2012-02.csv.gz") else { return };
    let Some(ticks) = recorded("ticks/truefx-usdjpy-2013-01.csv") else { return };
    let stage = Stage::new();
    let both = ReplayOptions { ask_file: Some(ask), ..of_pair(&bid, "GBPUSD") };
    // In 347 of the 30,117 minutes the recorded bid closed above the recorded ask.
    assert_eq!(replay(&stage, &both).await.expect("replayed").published, 29_770);
    assert_eq!(replay(&stage, &of_pair(&ticks, "USDJPY")).await.expect("replayed").published, 1000);
    let all = stage.all().await;
    let word = &all[29_770].0;
    let refused = word.status.as_ref().map(|status| status.refused.clone()).expect("a status");
    assert_eq!((word.quotes.len(), refused.get("bid_above_ask")), (0, Some(&347)));
    assert_eq!(shown(&all[0].0), "USD 1.57576/1.57585");
    assert_eq!(all[0].0.source_ts.to_rfc3339(), "2012-02-01T00:01:00+00:00");
}

#[tokio::test]
async fn a_paced_replay_waits_as_recorded_and_can_be_stopped_while_it_waits() {
    let (stage, folder) = (Stage::new(), tempfile::tempdir().expect("a directory"));
    let file = written(&folder, "ticks.csv", &TICKS.replace("22:00:01", "23:00:00"));
    let slow = ReplayOptions { speed: Speed::Times(1.0), ..of_pair(&file, "USDJPY") };
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let stopped = replay_until(&stage, &slow, shutdown, move |progress| {
        if progress.done == 2 {
            stop.cancel();
        }
    });
    let stopped = stopped.await.expect("stopped");
    assert_eq!((stopped.published, stopped.is_complete), (2, false), "the third is an hour away");
    let fast = ReplayOptions { speed: Speed::Times(1e6), ..slow };
    let rest = replay(&stage, &fast).await.expect("replayed");
    assert_eq!((rest.published, rest.is_complete), (1, true));
}
