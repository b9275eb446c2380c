//! What a panel ought to show, computed from the documents one by one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fx_index::kibana::{Column, Condition, Operation, Panel, TimeRange, automatic};
use serde_json::{Value, json};

/// A row: bucket values and figures in the order of the panel's columns.
pub(super) fn rows(panel: &Panel, documents: &[Value], range: TimeRange) -> Vec<Vec<Value>> {
    let shown = documents.iter().filter(|document| {
        let at = moment(document, "@timestamp").expect("every document has it");
        (range.from..=range.to).contains(&at) && panel.conditions.iter().all(|condition| holds(condition, document))
    });
    let buckets: Vec<&Column> = panel.buckets().collect();
    let mut rows = Vec::new();
    gather(panel, range, &buckets, shown.collect(), &BTreeMap::new(), &mut rows);
    rows
}

type Cells<'a> = BTreeMap<&'a str, Value>;

fn gather<'a>(
    panel: &'a Panel,
    range: TimeRange,
    buckets: &[&'a Column],
    documents: Vec<&Value>,
    outer: &Cells<'a>,
    rows: &mut Vec<Vec<Value>>,
) {
    let Some((column, inner)) = buckets.split_first() else {
        let cell =
            |column: &Column| outer.get(column.id.as_str()).cloned().unwrap_or_else(|| figure(column, &documents));
        rows.push(panel.columns.iter().map(cell).collect());
        return;
    };
    for (value, documents) in bucketed(panel, range, column, documents) {
        let mut cells = outer.clone();
        cells.insert(&column.id, value);
        gather(panel, range, inner, documents, &cells, rows);
    }
}

/// The buckets of a column in their order.
fn bucketed<'d>(
    panel: &Panel,
    range: TimeRange,
    column: &Column,
    documents: Vec<&'d Value>,
) -> Vec<(Value, Vec<&'d Value>)> {
    let field = column.field.as_deref().expect("a bucket has a field");
    let mut groups: BTreeMap<String, (Value, Vec<&Value>)> = BTreeMap::new();
    for document in documents {
        let value = match column.operation {
            Operation::DateHistogram => {
                let at = moment(document, field).expect("a time");
                json!(beginning(automatic(range.to - range.from), at))
            }
            _ if document[field].is_null() => continue,
            _ => document[field].clone(),
        };
        groups.entry(value.to_string()).or_insert((value, Vec::new())).1.push(document);
    }
    // Times of one length, and texts in quotes, are in the right order already.
    let mut groups: Vec<_> = groups.into_values().collect();
    if let Some(by) = &column.by {
        let by = panel.columns.iter().find(|column| column.id == *by).expect("is there");
        let rank = |documents: &[&Value]| figure(by, documents).as_f64().expect("a number");
        groups.sort_by(|(_, a), (_, b)| rank(b).total_cmp(&rank(a)));
    }
    groups.truncate(column.size.map_or(usize::MAX, |size| size as usize));
    groups
}

fn figure(column: &Column, documents: &[&Value]) -> Value {
    let field = column.field.as_deref().unwrap_or_default();
    let values: Vec<&Value> =
        documents.iter().map(|document| &document[field]).filter(|value| !value.is_null()).collect();
    let numbers = || values.iter().map(|value| number(value));
    match column.operation {
        Operation::Count => json!(documents.len()),
        Operation::Sum => json!(numbers().sum::<f64>()),
        Operation::UniqueCount => {
            json!(values.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>().len())
        }
        Operation::Average if !values.is_empty() => {
            let (sum, count) = numbers().fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
            json!(sum / count)
        }
        Operation::Median => median(numbers().collect()),
        Operation::Min => numbers().reduce(f64::min).map_or(Value::Null, |least| json!(least)),
        Operation::Max => numbers().reduce(f64::max).map_or(Value::Null, |most| json!(most)),
        Operation::LastValue => {
            let with = documents.iter().filter(|document| !document[field].is_null());
            let newest = with.max_by_key(|document| moment(document, "@timestamp"));
            newest.map_or(Value::Null, |document| plain(&document[field]))
        }
        _ => Value::Null,
    }
}

/// Between the two in the middle of an even number of them.
fn median(mut numbers: Vec<f64>) -> Value {
    numbers.sort_by(f64::total_cmp);
    let (after, before) = (numbers.len() / 2, numbers.len().saturating_sub(1) / 2);
    if numbers.is_empty() { Value::Null } else { json!(f64::midpoint(numbers[before], numbers[after])) }
}

/// A number, or a time in milliseconds.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| plain(value).as_f64().expect("a number or a time"))
}

/// A time in milliseconds, anything else as it is.
pub(super) fn plain(value: &Value) -> Value {
    let time = value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    time.map_or_else(|| value.clone(), |time| json!(time.timestamp_millis()))
}

fn moment(document: &Value, field: &str) -> Option<DateTime<Utc>> {
    document[field].as_str().and_then(|text| text.parse().ok())
}

/// The beginning of the span that `at` is in, in milliseconds.
fn beginning(span: &str, at: DateTime<Utc>) -> i64 {
    const DAY: i64 = 86_400_000;
    // The first of all days was a Thursday; weeks begin on Mondays.
    const MONDAY: i64 = 4 * DAY;
    let (count, unit) = span.split_at(span.len() - 1);
    let (length, first) = match unit {
        "s" => (1000, 0),
        "m" => (60_000, 0),
        "h" => (3_600_000, 0),
        "d" => (DAY, 0),
        "w" => (7 * DAY, MONDAY),
        other => panic!("{other} is not of one length"),
    };
    let length = count.parse::<i64>().expect("a number") * length;
    let at = at.timestamp_millis();
    at - (at - first).rem_euclid(length)
}

fn holds(condition: &Condition, document: &Value) -> bool {
    let value = &document[condition.field()];
    match condition {
        Condition::Is(_, wanted) => value == wanted,
        Condition::Not(_, unwanted) => value != unwanted,
        Condition::Below(_, bound) => value.as_f64().is_some_and(|value| value < *bound),
        Condition::AtLeast(_, bound) => value.as_f64().is_some_and(|value| value >= *bound),
        Condition::Exists(_) => !value.is_null(),
    }
}
