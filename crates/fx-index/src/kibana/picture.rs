//! How a Lens picture shows the columns of its layer.

use serde_json::{Value, json};

use super::definition::{Column, Panel, Picture};

/// Kibana's name of the kind of picture.
pub(super) fn kind(picture: Picture) -> &'static str {
    match picture {
        Picture::Lines | Picture::Bars | Picture::Shares => "lnsXY",
        Picture::Table => "lnsDatatable",
        Picture::Number => "lnsMetric",
        Picture::Donut => "lnsPie",
    }
}

pub(super) fn visualization(panel: &Panel) -> Value {
    match panel.picture {
        Picture::Lines => over_time(panel, "line"),
        Picture::Bars => over_time(panel, "bar_stacked"),
        Picture::Shares => over_time(panel, "bar_percentage_stacked"),
        Picture::Table => table(panel),
        Picture::Number => json!({
            "layerId": panel.id, "layerType": "data", "metricAccessor": ids(panel.figures()).first(),
        }),
        Picture::Donut => donut(panel),
    }
}

fn ids<'a>(columns: impl Iterator<Item = &'a Column>) -> Vec<&'a str> {
    columns.map(|column| column.id.as_str()).collect()
}

/// Of the buckets, the first is what a line or a colour stands for, the second is time.
fn over_time(panel: &Panel, series: &str) -> Value {
    let buckets = ids(panel.buckets());
    let everywhere = |shown: bool| json!({"x": shown, "yLeft": shown, "yRight": shown});
    let layer = json!({
        "layerId": panel.id,
        "layerType": "data",
        "seriesType": series,
        "xAccessor": buckets.get(1),
        "splitAccessor": buckets.first(),
        "accessors": ids(panel.figures()),
        "position": "top",
        "showGridlines": false,
        "colorMapping": colours(panel),
    });
    // Rates move by fractions of a percent: from zero on, every line would be flat. Bars begin at zero.
    let extent = if series == "line" { "dataBounds" } else { "full" };
    let mut picture = json!({
        "legend": {"isVisible": true, "position": "right"},
        "valueLabels": "hide",
        "fittingFunction": if series == "line" { "Linear" } else { "None" },
        "axisTitlesVisibilitySettings": {"x": false, "yLeft": panel.axis.is_some(), "yRight": true},
        "tickLabelsVisibilitySettings": everywhere(true),
        "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
        "gridlinesVisibilitySettings": everywhere(true),
        "preferredSeriesType": series,
        "yLeftExtent": {"mode": extent},
        "layers": [layer],
    });
    if let Some(axis) = &panel.axis {
        picture["yTitle"] = json!(axis);
    }
    picture
}

fn table(panel: &Panel) -> Value {
    let column = |column: &Column| json!({"columnId": column.id, "isTransposed": false, "isMetric": !column.operation.is_bucket()});
    let columns: Vec<Value> = panel.columns.iter().map(column).collect();
    let mut table = json!({
        "layerId": panel.id, "layerType": "data", "columns": columns, "paging": {"size": 20, "enabled": true},
    });
    if let Some(sort) = &panel.sort {
        table["sorting"] = json!({"columnId": sort.column, "direction": sort.direction});
    }
    table
}

fn donut(panel: &Panel) -> Value {
    let layer = json!({
        "layerId": panel.id,
        "layerType": "data",
        "primaryGroups": ids(panel.buckets()),
        "metrics": ids(panel.figures()),
        "numberDisplay": "value",
        "categoryDisplay": "default",
        "legendDisplay": "show",
        "nestedLegend": false,
        "colorMapping": colours(panel),
    });
    json!({"shape": "donut", "layers": [layer]})
}

/// Fixed colours for the values that have one; the others take turns in colours that the colour-blind can tell apart.
fn colours(panel: &Panel) -> Value {
    let fixed = |(value, colour): (&String, &String)| {
        json!({
            "rule": {"type": "matchExactly", "values": [value]},
            "color": {"type": "colorCode", "colorCode": colour},
            "touched": true,
        })
    };
    let assignments: Vec<Value> = panel.colours.iter().map(fixed).collect();
    json!({
        "assignments": assignments,
        "specialAssignments": [{"rule": {"type": "other"}, "color": {"type": "loop"}, "touched": false}],
        "paletteId": "eui_amsterdam_color_blind",
        "colorMode": {"type": "categorical"},
    })
}
