//! What is printed, and what is read of the machine.

#![allow(dead_code, reason = "each bench uses its part")]

use std::fmt::Display;
use std::io::{Seek, Write};
use std::time::{Duration, Instant};

/// `name value unit`.
pub(crate) fn figure(name: &str, value: impl Display, unit: &str) {
    println!("{name} {value} {unit}");
}

pub(crate) fn seconds(name: &str, took: Duration) {
    figure(name, format_args!("{:.3}", took.as_secs_f64()), "s");
}

/// The median and the 99th of a hundred.
pub(crate) fn quantiles(name: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    for percent in [50, 99] {
        let place = (took.len() * percent / 100).min(took.len().saturating_sub(1));
        let Some(at) = took.get(place) else { continue };
        figure(&format!("{name}_p{percent}"), format_args!("{:.2}", at.as_secs_f64() * 1e3), "ms");
    }
}

/// The value of one metric.
pub(crate) fn metric(metrics: &str, name: &str) -> f64 {
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0.0, |value| value.parse().expect("a number"))
}

/// How long the disk takes to keep 4 KiB, where the servers have their data too: no commit is faster.
pub(crate) fn disk() {
    const TIMES: usize = 200;
    let mut file = tempfile::tempfile().expect("a scratch file");
    let sync = |_| {
        let begun = Instant::now();
        file.rewind().and_then(|()| file.write_all(&[7; 4096])).and_then(|()| file.sync_data()).expect("a disk");
        begun.elapsed()
    };
    quantiles("fsync", (0..TIMES).map(sync).collect());
}
