//! The search that Kibana makes of a panel.

use chrono::SecondsFormat;
use fx_domain::clock::Timestamp;
use serde_json::{Map, Value, json};

use super::condition::Condition;
use super::definition::{Column, Operation, Panel};
use super::interval::{automatic, is_of_calendar};

/// The time that a search is about, both ends included.
#[derive(Clone, Copy, Debug)]
pub struct TimeRange {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

/// How the newest value of a field is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastValue {
    /// As Kibana does.
    TopMetrics,
    /// For a server without the module that has `top_metrics`; it answers the same value in another shape.
    TopHits,
}

/// The body of `POST <index>/_search` for what `panel` shows of `range`. Each aggregation is named by the place of its
/// column; counts are the counts of the buckets themselves.
pub fn search(panel: &Panel, range: TimeRange, last: LastValue) -> Value {
    let time = |time: Timestamp| time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let (from, to) = (time(range.from), time(range.to));
    let within = json!({"range": {"@timestamp": {"gte": from, "lte": to, "format": "strict_date_optional_time"}}});
    let filters: Vec<Value> = std::iter::once(within).chain(panel.conditions.iter().map(Condition::query)).collect();
    let level = Level { panel, range, last };
    let columns: Vec<Place<'_>> = panel.columns.iter().enumerate().collect();
    let buckets: Vec<_> = columns.iter().copied().filter(|(_, column)| column.operation.is_bucket()).collect();
    json!({
        "size": 0,
        "track_total_hits": true,
        "query": {"bool": {"filter": filters}},
        "aggs": level.below(&buckets),
    })
}

type Place<'a> = (usize, &'a Column);

struct Level<'a> {
    panel: &'a Panel,
    range: TimeRange,
    last: LastValue,
}

impl Level<'_> {
    /// The aggregations inside the buckets outside `buckets`.
    fn below(&self, buckets: &[Place<'_>]) -> Map<String, Value> {
        let Some(((place, column), inner)) = buckets.split_first() else {
            let figures = self.panel.columns.iter().enumerate().filter(|(_, column)| !column.operation.is_bucket());
            return figures.filter_map(|figure| self.figure(figure)).collect();
        };
        let mut inside = self.below(inner);
        // What values are chosen by must stand beside the buckets in which it is shown.
        let by = column.by.as_deref().and_then(|by| self.place_of(by));
        inside.extend(by.and_then(|by| self.figure(by)));
        let mut aggregation = self.bucket(column);
        if !inside.is_empty() {
            aggregation["aggs"] = Value::Object(inside);
        }
        Map::from_iter([(place.to_string(), aggregation)])
    }

    fn place_of(&self, id: &str) -> Option<Place<'_>> {
        self.panel.columns.iter().enumerate().find(|(_, column)| column.id == id)
    }

    fn bucket(&self, column: &Column) -> Value {
        if column.operation == Operation::Terms {
            return json!({"terms": {"field": column.field(), "size": column.size, "order": self.order(column)}});
        }
        let span = automatic(self.range.to - self.range.from);
        let kind = if is_of_calendar(span) { "calendar_interval" } else { "fixed_interval" };
        let bounds = json!({"min": self.range.from.timestamp_millis(), "max": self.range.to.timestamp_millis()});
        json!({"date_histogram": {
            "field": column.field(), kind: span, "time_zone": "UTC", "min_doc_count": 0, "extended_bounds": bounds,
        }})
    }

    fn order(&self, column: &Column) -> Value {
        match column.by.as_deref().and_then(|by| self.place_of(by)) {
            None => json!({"_key": "asc"}),
            Some((_, by)) if by.operation == Operation::Count => json!({"_count": "desc"}),
            Some((place, _)) => json!({place.to_string(): "desc"}),
        }
    }

    /// The figure under its name; a count needs no aggregation.
    fn figure(&self, (place, column): Place<'_>) -> Option<(String, Value)> {
        let field = column.field();
        let plain = |kind: &str| json!({kind: {"field": field}});
        let aggregation = match column.operation {
            Operation::Average => plain("avg"),
            Operation::Median => json!({"percentiles": {"field": field, "percents": [50]}}),
            Operation::Min => plain("min"),
            Operation::Max => plain("max"),
            Operation::Sum => plain("sum"),
            Operation::UniqueCount => plain("cardinality"),
            Operation::LastValue => {
                let metric = json!({format!("{place}-metric"): self.last_value(field)});
                let bucket = json!({"filter": {"exists": {"field": field}}, "aggs": metric});
                return Some((format!("{place}-bucket"), bucket));
            }
            Operation::Count | Operation::Terms | Operation::DateHistogram => return None,
        };
        Some((place.to_string(), aggregation))
    }

    fn last_value(&self, field: &str) -> Value {
        let newest = json!({"@timestamp": "desc"});
        match self.last {
            LastValue::TopMetrics => json!({"top_metrics": {"metrics": {"field": field}, "size": 1, "sort": newest}}),
            LastValue::TopHits => {
                json!({"top_hits": {"size": 1, "_source": false, "docvalue_fields": [field], "sort": [newest]}})
            }
        }
    }
}
