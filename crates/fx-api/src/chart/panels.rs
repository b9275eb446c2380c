//! The rate above, its volatility below.

use fx_domain::clock::Timestamp;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::element::Polygon;
use plotters::prelude::{CandleStick, Cartesian2d, LineSeries, PathElement, Rectangle, SVGBackend, Text};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor, ShapeStyle, TRANSPARENT};

use super::axis::Axis;
use super::columns::Column;
use super::figures::{decimal, digits, plain, shortened};
use super::look::{ALERT, FALL, GRID, LINE, QUIET, RISE, SECOND, pale};
use super::picture::{Area, Failed, Picture, Volatility, written};
use super::ticks::{label, moment, seconds, times, values};

/// So many candles can be told apart; beyond, a line is clearer.
const MOST_CANDLES: usize = 160;

/// Half a label of the last tick has room there.
pub(super) const RIGHT: u32 = 24;
const CHARACTER: u32 = 8;
const NAME: usize = 24;

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// What both panels have in common.
pub(super) struct Frame {
    from: Timestamp,
    to: Timestamp,
    low: f64,
    high: f64,
    /// Digits of the labels of rates.
    digits: usize,
    /// The room of the labels on the left.
    left: u32,
}

impl Frame {
    /// `None` where there is nothing to show.
    pub(super) fn new(picture: &Picture<'_>) -> Option<Self> {
        let (first, last) = (picture.columns.first()?, picture.columns.last()?);
        let (low, high) = with_margin(picture.columns.iter().flat_map(|column| [column.low, column.high]))?;
        let digits = values(low, high, 6).1.min(digits(picture.pair, high).max(5));
        let width = [low, high].map(|value| decimal(value, digits).chars().count()).into_iter().max()?;
        let left = u32::try_from(width.max(6)).ok()? * CHARACTER + 14;
        Some(Self { from: first.start, to: last.end, low, high, digits, left })
    }

    /// A panel with its grid; `unit` stands behind the numbers of its labels.
    fn panel<'a, 'b>(
        &self,
        area: &'a Area<'b>,
        (low, high): (f64, f64),
        (wanted, digits, unit): (u32, usize, &str),
    ) -> Result<Chart<'a, 'b>, Failed> {
        let (at, step) = times(self.from, self.to, 9);
        let (ticks, _) = values(low, high, wanted);
        let (columns, rows) = (at.len(), ticks.len());
        let said = |at: &f64| moment(*at).map_or_else(String::new, |at| label(at, step));
        let x = Axis::new(seconds(self.from)..seconds(self.to), at.into_iter().map(seconds).collect());
        let y = Axis::new(low..high, ticks);
        let mut chart = ChartBuilder::on(area)
            .margin_right(RIGHT)
            .x_label_area_size(26)
            .y_label_area_size(self.left)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(GRID)
            .label_style(("sans-serif", 12.0 * 1.24, &QUIET))
            .x_labels(columns.max(1))
            .y_labels(rows.max(1))
            .x_label_formatter(&said)
            .y_label_formatter(&|value| decimal(*value, digits) + unit)
            .draw()?;
        Ok(chart)
    }

    fn within(&self, at: Timestamp) -> f64 {
        seconds(at.clamp(self.from, self.to))
    }
}

/// The lowest and the highest of `values`, with some room; `None` where there are none.
fn with_margin(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let room = if high > low { (high - low) * 0.06 } else { (high.abs() * 0.001).max(f64::MIN_POSITIVE) };
    (low <= high).then_some((low - room, high + room))
}

pub(super) fn draw_rates(area: &Area<'_>, frame: &Frame, picture: &Picture<'_>) -> Result<(), Failed> {
    let mut chart = frame.panel(area, (frame.low, frame.high), (6, frame.digits, ""))?;
    draw_episodes(&mut chart, frame, (frame.low, frame.high), picture)?;
    let columns = &picture.columns;
    let has_ranges = columns.iter().filter(|column| column.high > column.low).count() * 2 > columns.len();
    if has_ranges && columns.len() <= MOST_CANDLES {
        let room = area.dim_in_pixel().0.saturating_sub(frame.left + RIGHT);
        let buckets = (frame.to - frame.from).num_seconds() / (columns[0].end - columns[0].start).num_seconds().max(1);
        let width = (room * 6 / 10 / u32::try_from(buckets.max(1))?).clamp(1, 15);
        draw_candles(&mut chart, columns, width)?;
    } else {
        draw_line(&mut chart, columns, has_ranges)?;
    }
    draw_names(&chart, frame, picture)
}

fn draw_candles(chart: &mut Chart<'_, '_>, columns: &[Column], width: u32) -> Result<(), Failed> {
    let (rise, fall) = (RISE.filled(), FALL.filled());
    let candle = |it: &Column| CandleStick::new(it.middle(), it.open, it.high, it.low, it.close, rise, fall, width);
    chart.draw_series(columns.iter().map(candle))?;
    Ok(())
}

/// The last rates, where there is one alone from edge to edge, and behind them the span from the lowest to the highest.
fn draw_line(chart: &mut Chart<'_, '_>, columns: &[Column], has_ranges: bool) -> Result<(), Failed> {
    if has_ranges {
        let tops = columns.iter().map(|column| (column.middle(), column.high));
        let bottoms = columns.iter().rev().map(|column| (column.middle(), column.low));
        let band: Vec<_> = tops.chain(bottoms).collect();
        chart.draw_series([Polygon::new(band, pale(LINE, 0.2))])?;
    }
    let mut points: Vec<_> = columns.iter().map(|column| (column.middle(), column.close)).collect();
    if let [only] = columns {
        points = vec![(seconds(only.start), only.close), (seconds(only.end), only.close)];
    }
    chart.draw_series(LineSeries::new(points, stroke(LINE, 2)))?;
    Ok(())
}

pub(super) fn draw_volatility(area: &Area<'_>, frame: &Frame, picture: &Picture<'_>) -> Result<(), Failed> {
    let measures = [
        ("realised volatility, a year's", SECOND, realized as fn(&Volatility) -> Option<f64>),
        ("EWMA volatility, a year's", LINE, ewma),
    ];
    let all = picture.volatility.iter().flat_map(|it| [realized(it), ewma(it)]).flatten();
    let Some((_, high)) = with_margin(all) else {
        let note = written(12.0, QUIET, HPos::Left);
        area.draw(&Text::new("no volatility of this span of time is known", (i32::try_from(frame.left)?, 10), note))?;
        return Ok(());
    };
    let high = high * 1.05;
    let (heading, panel) = area.split_vertically(20);
    let mut chart = frame.panel(&panel, (0.0, high), (3, values(0.0, high, 3).1, " %"))?;
    draw_episodes(&mut chart, frame, (0.0, high), picture)?;
    let mut left = i32::try_from(frame.left)?;
    for (said, colour, figure) in measures {
        let points = picture.volatility.iter().filter_map(|it| Some((frame.within(it.at), figure(it)?)));
        chart.draw_series(LineSeries::new(points, stroke(colour, 2)))?;
        heading.draw(&Text::new(said, (left, 4), written(12.0, colour, HPos::Left)))?;
        left += i32::try_from(said.len())? * 8;
    }
    Ok(())
}

/// In percent.
fn realized(volatility: &Volatility) -> Option<f64> {
    volatility.realized.map(|figure| figure * 100.0)
}

/// In percent.
fn ewma(volatility: &Volatility) -> Option<f64> {
    volatility.ewma.map(|figure| figure * 100.0)
}

/// A ground behind each episode, with its beginning marked.
fn draw_episodes(
    chart: &mut Chart<'_, '_>,
    frame: &Frame,
    (low, high): (f64, f64),
    picture: &Picture<'_>,
) -> Result<(), Failed> {
    for episode in &picture.episodes {
        let begin = episode.from.map_or(seconds(frame.from), |at| frame.within(at));
        let end = episode.to.map_or(seconds(frame.to), |at| frame.within(at));
        chart.draw_series([Rectangle::new([(begin, low), (end, high)], pale(ALERT, 0.16).filled())])?;
        if episode.from.is_some() {
            chart.draw_series([PathElement::new([(begin, low), (begin, high)], stroke(ALERT, 1))])?;
        }
    }
    Ok(())
}

/// What fired, where it does not hide what fired before.
fn draw_names(chart: &Chart<'_, '_>, frame: &Frame, picture: &Picture<'_>) -> Result<(), Failed> {
    let mut free = i32::MIN;
    for episode in &picture.episodes {
        let begin = episode.from.map_or(seconds(frame.from), |at| frame.within(at));
        let (x, y) = chart.plotting_area().map_coordinate(&(begin, frame.high));
        let text = shortened(&plain(&episode.alert), NAME);
        if x < free {
            continue;
        }
        free = x + i32::try_from(text.chars().count() * 7 + 16)?;
        let (offset_x, offset_y) = chart.plotting_area().get_base_pixel();
        let area = chart.plotting_area().strip_coord_spec();
        area.draw(&Text::new(text, (x - offset_x + 4, y - offset_y + 4), written(12.0, ALERT, HPos::Left)))?;
    }
    Ok(())
}

fn stroke(colour: RGBColor, width: u32) -> ShapeStyle {
    colour.stroke_width(width)
}
