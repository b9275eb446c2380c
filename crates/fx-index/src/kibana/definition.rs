//! Dashboards as they stand in `kibana/*.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::Condition;

/// What a field holds, as Kibana sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// A `keyword`.
    String,
    /// Any number.
    Number,
    /// `date` and `date_nanos`.
    Date,
    /// True or false.
    Boolean,
}

impl FieldType {
    /// The name in a Lens column.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Date => "date",
            Self::Boolean => "boolean",
        }
    }
}

/// An alias as Kibana sees it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataView {
    /// The alias, and by that the id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The fields that the dashboards use.
    pub fields: BTreeMap<String, FieldType>,
    /// How Kibana writes some of them.
    #[serde(default)]
    pub formats: BTreeMap<String, String>,
}

/// A dashboard.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// Its id, which stays.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// The beginning of the time that it shows, as Kibana writes it: `now-24h`.
    pub from: String,
    /// What stands above the panels to choose from.
    pub controls: Vec<Control>,
    /// What it shows.
    pub panels: Vec<Panel>,
}

/// A list to choose values of a field from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Its id on the dashboard.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The data view that its values come from.
    pub data_view: String,
    /// The field.
    pub field: String,
}

/// One picture of a dashboard.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Its id on the dashboard.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub grid: Grid,
    /// The data view that it shows.
    pub data_view: String,
    /// How it shows it.
    pub picture: Picture,
    /// The beginning of a time of its own.
    pub from: Option<String>,
    /// The title of the upright axis.
    pub axis: Option<String>,
    /// Only the documents of which all of these hold.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
    /// The dashboard that a click leads to, with what was clicked as its filter.
    pub drill_down: Option<String>,
    /// By which column a table is sorted.
    pub sort: Option<Sort>,
    /// Fixed colours of values.
    #[serde(default)]
    pub colours: BTreeMap<String, String>,
    /// Buckets, the outermost first, then figures.
    pub columns: Vec<Column>,
}

/// A place on the grid of 48 columns.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Columns.
    pub w: u32,
    /// Rows.
    pub h: u32,
}

/// How a panel shows its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Picture {
    /// A line for each value of the first bucket, over time.
    Lines,
    /// The same in stacked bars.
    Bars,
    /// The same in bars of 100 %.
    Shares,
    /// A row for each bucket.
    Table,
    /// One figure.
    Number,
    /// A ring of the values of the one bucket.
    Donut,
}

/// How the rows of a table are sorted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// The id of the column.
    pub column: String,
    /// `asc` or `desc`.
    pub direction: String,
}

/// A bucket or a figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its id in the panel.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// What is done.
    pub operation: Operation,
    /// To which field; none for `count`.
    pub field: Option<String>,
    /// How many values `terms` has at most.
    pub size: Option<u32>,
    /// The figure by which `terms` chooses and sorts them, the highest first; without one by name.
    pub by: Option<String>,
    /// Decimals of a number.
    pub decimals: Option<u8>,
    /// `percent`, where 0.07 is to be 7 %.
    pub format: Option<String>,
}

/// What is done to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A bucket for each value.
    Terms,
    /// A bucket for each span of time.
    DateHistogram,
    /// The mean.
    Average,
    /// The one in the middle.
    Median,
    /// The smallest.
    Min,
    /// The greatest.
    Max,
    /// The sum.
    Sum,
    /// That of the newest document which has one.
    LastValue,
    /// How many documents.
    Count,
    /// How many different values.
    UniqueCount,
}

impl Operation {
    /// Whether it makes buckets.
    pub fn is_bucket(self) -> bool {
        matches!(self, Self::Terms | Self::DateHistogram)
    }
}

impl Panel {
    /// The buckets, the outermost first.
    pub fn buckets(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.operation.is_bucket())
    }

    /// The figures.
    pub fn figures(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.operation.is_bucket())
    }
}

impl Column {
    /// The field in a Lens column: Kibana has a name for "the documents themselves".
    pub(super) fn field(&self) -> &str {
        self.field.as_deref().unwrap_or("___records___")
    }
}
