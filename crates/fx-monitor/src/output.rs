//! The only place that writes to stdout and stderr.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, ContentArrangement, presets};
use fx_config::ConfigErrors;
use serde_json::Value;

use crate::cli::Format;

/// Rows of an answer, picked out by columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// A column: its name, and where it stands in an item of the answer (a JSON pointer).
pub(crate) type Column = (&'static str, &'static str);

impl Table {
    /// One row for each item; what an item does not have, or is null, is empty.
    pub(crate) fn pick(columns: &[Column], items: &[Value]) -> Self {
        let row =
            |item: &Value| columns.iter().map(|(_, at)| item.pointer(at).map_or_else(String::new, text)).collect();
        Self { columns: columns.iter().map(|(name, _)| *name).collect(), rows: items.iter().map(row).collect() }
    }

    /// One row for each item of the list that stands at `list` in `document`.
    pub(crate) fn of(document: &Value, list: &str, columns: &[Column]) -> Result<Self> {
        let items = document[list].as_array();
        let items =
            items.with_context(|| format!("the answer has no list {list:?}; is it an fx-monitor that was asked?"))?;
        Ok(Self::pick(columns, items))
    }

    fn for_people(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(self.columns.iter().map(|name| name.to_uppercase()));
        table.add_rows(&self.rows);
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if self.is_numeric(i) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.trim_fmt()
    }

    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().map(|row| row[column].as_str()).filter(|cell| !cell.is_empty()).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.parse::<f64>().is_ok())
    }

    fn csv(&self, with_header: bool) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if with_header {
            writer.write_record(&self.columns)?;
        }
        for row in &self.rows {
            writer.write_record(row)?;
        }
        writer.into_inner().context("csv could not be written")
    }
}

/// A value in one cell: lists with spaces, tables as `key=value`.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// Where the answers of a command go, one after another when it watches.
#[derive(Debug)]
pub(crate) struct Screen {
    format: Format,
    is_redrawn: bool,
    shown: usize,
}

impl Screen {
    pub(crate) fn new(format: Format, watch: bool) -> Self {
        let is_redrawn = watch && format == Format::Table && io::stdout().is_terminal();
        Self { format, is_redrawn, shown: 0 }
    }

    /// Shows one answer: as it came, or as a table of it.
    pub(crate) fn show(&mut self, answer: &Value, table: &Table) -> Result<()> {
        let text = match self.format {
            Format::Json => serde_json::to_vec_pretty(answer).map(|json| [json, b"\n".to_vec()].concat())?,
            Format::Csv => table.csv(self.shown == 0)?,
            Format::Table => format!("{}\n", table.for_people()).into_bytes(),
        };
        if self.is_redrawn {
            raw(b"\x1b[2J\x1b[H")?;
        }
        self.shown += 1;
        raw(&text)
    }
}

/// All that is wrong with a file, each with its place.
#[derive(Debug)]
pub(crate) struct Mistakes(pub(crate) Vec<String>);

impl Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for Mistakes {}

/// Writes bytes to stdout.
pub(crate) fn raw(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).context("stdout cannot be written")
}

/// Writes lines to stdout.
pub(crate) fn lines(lines: &[String]) -> Result<()> {
    raw(lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>().as_bytes())
}

/// Writes one line of news or of complaint to stderr. Where even that fails there is nobody to tell.
pub(crate) fn complaint(message: &impl Display) {
    let _ = writeln!(io::stderr(), "fx-monitor: {message}");
}

/// Tells of an error, in one line for each thing that is wrong. A reader that left (`| head`) is no error.
pub(crate) fn failure(error: &anyhow::Error) -> ExitCode {
    let is_gone = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    if error.downcast_ref::<io::Error>().is_some_and(is_gone) {
        return ExitCode::SUCCESS;
    }
    match (error.downcast_ref::<ConfigErrors>(), error.downcast_ref::<Mistakes>()) {
        (Some(errors), _) => errors.mistakes().iter().for_each(complaint),
        (_, Some(Mistakes(mistakes))) => mistakes.iter().for_each(complaint),
        _ => complaint(&format!("{error:#}")),
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: [Column; 3] = [("pair", "/pair"), ("mid", "/mid"), ("refused", "/refused")];

    fn table() -> Table {
        let items = [
            json!({"pair": "EURUSD", "mid": 1.0842, "refused": {"suspect": 2}}),
            json!({"pair": "a,b", "mid": null, "refused": {}}),
        ];
        Table::pick(&COLUMNS, &items)
    }

    #[test]
    fn csv_quotes_what_needs_it_and_has_one_header() {
        let csv = |header| String::from_utf8(table().csv(header).expect("written")).expect("text");
        assert_eq!(csv(true), "pair,mid,refused\nEURUSD,1.0842,suspect=2\n\"a,b\",,\n");
        assert!(!csv(false).contains("pair,"));
    }

    #[test]
    fn numbers_stand_on_the_right() {
        let table = table();
        assert!(table.is_numeric(1) && !table.is_numeric(0));
        assert!(table.for_people().starts_with("PAIR"), "{}", table.for_people());
    }
}
