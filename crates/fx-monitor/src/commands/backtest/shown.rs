//! What a backtest found, as it is shown.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::cli::Format;
use crate::output::{self, Column, Screen, Table};

const COLUMNS: [Column; 6] = [
    ("pair", "/pair"),
    ("fired_at", "/fired_at"),
    ("cleared_at", "/cleared_at"),
    ("value", "/value"),
    ("measured", "/measured"),
    ("extreme", "/extreme"),
];

/// The episodes, and for people what they come to.
pub(super) fn show(document: &Value, format: Format) -> Result<ExitCode> {
    let table = Table::of(document, "episodes", &COLUMNS)?;
    let count = document["episodes"].as_array().map_or(0, Vec::len);
    if count > 0 || format != Format::Table {
        Screen::new(format, false).show(document, &table)?;
    }
    if format == Format::Table {
        output::lines(&[summary(document, count)])?;
    }
    Ok(ExitCode::SUCCESS)
}

fn summary(document: &Value, count: usize) -> String {
    let number = |name: &str| document[name].as_f64().unwrap_or_default();
    let episodes = if count == 1 { "1 episode".to_owned() } else { format!("{count} episodes") };
    let (read, per_month) = (&document["updates_read"], number("per_month"));
    format!("{episodes} in {read} rates, {per_month:.1} a month, firing for {}", span(number("firing_s")))
}

/// In the two largest units.
fn span(seconds: f64) -> String {
    let seconds = Duration::try_from_secs_f64(seconds.round()).unwrap_or_default().as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes}m {}s", seconds % 60),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_it_comes_to_is_one_line() {
        let document = json!({"episodes": [{}], "updates_read": 6500, "per_month": 0.25, "firing_s": 93_784.0});
        assert_eq!(summary(&document, 1), "1 episode in 6500 rates, 0.2 a month, firing for 1d 2h");
        assert_eq!((span(59.0), span(3660.0)), ("0m 59s".to_owned(), "1h 1m".to_owned()));
    }
}
