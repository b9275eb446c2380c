//! How far long work is: a bar on a terminal; elsewhere a line now and then.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output;

/// No line comes sooner than that after the one before.
const PAUSE: Duration = Duration::from_secs(2);

/// A bar on the terminal; `None` where stderr is none.
pub(crate) fn bar(of: &str) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template(&format!("{{wide_bar}} {{pos}}/{{len}} {of}, {{eta}} left"));
        ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    })
}

/// Steps of which the number is known.
pub(crate) struct Steps {
    bar: Option<ProgressBar>,
    of: &'static str,
    done: u64,
    total: u64,
    told: Instant,
}

impl Steps {
    pub(crate) fn new(total: u64, of: &'static str) -> Self {
        let bar = bar(of);
        if let Some(bar) = &bar {
            bar.set_length(total);
        }
        Self { bar, of, done: 0, total, told: Instant::now() }
    }

    /// One more is done.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        match &self.bar {
            Some(bar) => bar.set_position(self.done),
            None if self.told.elapsed() > PAUSE => {
                self.told = Instant::now();
                output::complaint(&format!("{} of {} {}", self.done, self.total, self.of));
            }
            None => {}
        }
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
