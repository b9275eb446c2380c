//! How far long work is: a bar on a terminal; elsewhere a line for each tenth.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output;

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
}

impl Steps {
    pub(crate) fn new(total: u64, of: &'static str) -> Self {
        let bar = bar(of);
        if let Some(bar) = &bar {
            bar.set_length(total);
        }
        Self { bar, of, done: 0, total }
    }

    /// One more is done.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        let tenth = |done: u64| done * 10 / self.total.max(1);
        match &self.bar {
            Some(bar) => bar.set_position(self.done),
            None if tenth(self.done) > tenth(self.done - 1) => {
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
