//! The condition, long or short.

use std::ops::RangeInclusive;

use chrono::TimeDelta;
use serde_json::value::RawValue;

use super::super::condition::{ChannelKind, Condition, Direction, Kind, LevelKind, Measure, Move};
use super::super::fields::Fields;
use super::super::span;
use super::super::values::{duration, named, positive, whole};
use crate::currency::shown;
use crate::feed::Source;

const LONGEST_WINDOW: TimeDelta = TimeDelta::days(30);
const SHORTEST_WINDOW: TimeDelta = TimeDelta::seconds(1);
const UPDATES: RangeInclusive<u32> = 2..=1000;

pub(super) fn read(fields: &mut Fields<'_>) -> Option<Condition> {
    let Some(value) = fields.take("condition") else {
        fields.refuse("condition", format!("missing, expected an object such as {}", example(Kind::Above)));
        return None;
    };
    if !value.get().starts_with('{') {
        return read_short(fields, value);
    }
    let inner = Fields::of_value(value, fields.pointer_to("condition"));
    let mut inner = inner.map_err(|detail| fields.refuse("condition", detail)).ok()?;
    let kind = required(&mut inner, "kind", Kind::Above, kind);
    let condition = match kind {
        Some(kind) => read_long(&mut inner, kind),
        None => inner.has("threshold").then(|| inner.read_as("threshold", positive)).and(None),
    };
    fields.adopt(match kind {
        Some(kind) => inner.finish(fields_of(kind)),
        None => inner.problems(),
    });
    if fields.take("threshold").is_some() {
        fields.refuse("threshold", "the threshold stands inside `condition` where that is an object".to_owned());
    }
    condition
}

/// A level's kind, with the threshold beside it.
fn read_short(fields: &mut Fields<'_>, value: &RawValue) -> Option<Condition> {
    let kind = kind(value.get()).map_err(|detail| fields.refuse("condition", detail)).ok();
    let Some(kind) = kind else {
        required(fields, "threshold", Kind::Above, positive);
        return None;
    };
    let Some(level) = level(kind) else {
        fields.take("threshold");
        fields
            .refuse("condition", format!("`{}` needs more than a threshold, expected {}", kind.name(), example(kind)));
        return None;
    };
    Some(Condition::Level { kind: level, threshold: required(fields, "threshold", kind, positive)? })
}

fn read_long(fields: &mut Fields<'_>, kind: Kind) -> Option<Condition> {
    match kind {
        Kind::Above | Kind::Below | Kind::CrossesUp | Kind::CrossesDown | Kind::Crosses => {
            let threshold = required(fields, "threshold", kind, positive)?;
            level(kind).map(|kind| Condition::Level { kind, threshold })
        }
        Kind::EntersChannel => read_channel(fields, kind, ChannelKind::Enters),
        Kind::LeavesChannel => read_channel(fields, kind, ChannelKind::Leaves),
        Kind::ChangeAbs => read_change(fields, kind, "delta", Move::Absolute),
        Kind::ChangePct => read_change(fields, kind, "percent", Move::Percent),
        Kind::VolatilityAbove => {
            let names = Measure::ALL.map(|measure| (measure.name(), measure));
            let measure = required(fields, "measure", kind, |json| named(json, "measure", &names));
            let threshold = required(fields, "threshold", kind, positive);
            Some(Condition::VolatilityAbove { measure: measure?, threshold: threshold? })
        }
        Kind::Zscore => {
            let updates = required(fields, "updates", kind, |json| whole(json, UPDATES));
            let threshold = required(fields, "threshold", kind, positive);
            Some(Condition::Zscore { updates: updates?, threshold: threshold? })
        }
        Kind::Stale => Some(Condition::Stale { factor: required(fields, "factor", kind, positive)? }),
        Kind::Divergence => {
            let sources = required(fields, "sources", kind, two_sources);
            let bp = required(fields, "bp", kind, positive);
            Some(Condition::Divergence { sources: sources?, bp: bp? })
        }
    }
}

fn read_channel(fields: &mut Fields<'_>, name: Kind, kind: ChannelKind) -> Option<Condition> {
    let low = required(fields, "low", name, positive);
    let high = required(fields, "high", name, positive);
    let (low, high) = (low?, high?);
    if low >= high {
        fields.refuse("high", format!("`{high}` is not above `low`, expected more than {low}"));
        return None;
    }
    Some(Condition::Channel { kind, low, high })
}

fn read_change(fields: &mut Fields<'_>, kind: Kind, size: &str, by: fn(f64) -> Move) -> Option<Condition> {
    let size = required(fields, size, kind, positive);
    let window = required(fields, "window", kind, window);
    let names = Direction::ALL.map(|direction| (direction.name(), direction));
    let direction = fields.read_as("direction", |json| named(json, "direction", &names));
    Some(Condition::Change { by: by(size?), window: window?, direction: direction.unwrap_or_default() })
}

fn window(json: &str) -> Result<TimeDelta, String> {
    let window = duration(json)?;
    if (SHORTEST_WINDOW..=LONGEST_WINDOW).contains(&window) {
        return Ok(window);
    }
    let (least, most) = (span::format(SHORTEST_WINDOW), span::format(LONGEST_WINDOW));
    Err(format!("`{}` is no window, expected {least} to {most}", span::format(window)))
}

fn two_sources(json: &str) -> Result<[Source; 2], String> {
    let wanted = "expected two feeds such as [\"kraken\",\"ecb\"]";
    let names: Vec<String> =
        serde_json::from_str(json).map_err(|_| format!("`{}` is no list of names, {wanted}", shown(json)))?;
    let [first, second] = names.as_slice() else { return Err(format!("{} feeds stand there, {wanted}", names.len())) };
    let source = |name: &String| name.parse::<Source>().map_err(|error| error.to_string());
    let sources = [source(first)?, source(second)?];
    if sources[0] == sources[1] {
        return Err(format!("`{first}` stands twice, {wanted}"));
    }
    Ok(sources)
}

fn level(kind: Kind) -> Option<LevelKind> {
    match kind {
        Kind::Above => Some(LevelKind::Above),
        Kind::Below => Some(LevelKind::Below),
        Kind::CrossesUp => Some(LevelKind::CrossesUp),
        Kind::CrossesDown => Some(LevelKind::CrossesDown),
        Kind::Crosses => Some(LevelKind::Crosses),
        _ => None,
    }
}

fn fields_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Above | Kind::Below | Kind::CrossesUp | Kind::CrossesDown | Kind::Crosses => "kind and threshold",
        Kind::EntersChannel | Kind::LeavesChannel => "kind, low and high",
        Kind::ChangeAbs => "kind, delta, window and direction",
        Kind::ChangePct => "kind, percent, window and direction",
        Kind::VolatilityAbove => "kind, measure and threshold",
        Kind::Zscore => "kind, updates and threshold",
        Kind::Stale => "kind and factor",
        Kind::Divergence => "kind, sources and bp",
    }
}

fn example(kind: Kind) -> String {
    let fields = match kind {
        Kind::Above | Kind::Below | Kind::CrossesUp | Kind::CrossesDown | Kind::Crosses => r#""threshold":1.1"#,
        Kind::EntersChannel | Kind::LeavesChannel => r#""low":1.05,"high":1.1"#,
        Kind::ChangeAbs => r#""delta":0.01,"window":"1h","direction":"either""#,
        Kind::ChangePct => r#""percent":1,"window":"1h","direction":"either""#,
        Kind::VolatilityAbove => r#""measure":"ewma_vol","threshold":0.1"#,
        Kind::Zscore => r#""updates":20,"threshold":3"#,
        Kind::Stale => r#""factor":3"#,
        Kind::Divergence => r#""sources":["kraken","ecb"],"bp":20"#,
    };
    format!(r#"{{"kind":"{}",{fields}}}"#, kind.name())
}

fn required<'a, T>(
    fields: &mut Fields<'a>,
    key: &str,
    kind: Kind,
    parse: impl FnOnce(&'a str) -> Result<T, String>,
) -> Option<T> {
    if !fields.has(key) {
        fields.take(key);
        fields.refuse(key, format!("missing, expected for example {}", example(kind)));
        return None;
    }
    fields.read_as(key, parse)
}

fn kind(json: &str) -> Result<Kind, String> {
    named(json, "kind", &Kind::ALL.map(|kind| (kind.name(), kind)))
}
