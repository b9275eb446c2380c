//! The whole picture.

use fx_domain::candle::Interval;
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, TextStyle};

use super::columns::Column;
use super::episodes::Episode;
use super::figures::{decimal, digits, name, shortened, time};
use super::look::{GROUND, QUIET, TEXT, document};
use super::panels::{Frame, RIGHT, draw_rates, draw_volatility};

/// A drawing goes to memory: what fails is what cannot be drawn, such as a range that is none.
pub(super) type Failed = Box<dyn std::error::Error + Send + Sync>;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

const SIZE: (u32, u32) = (960, 540);
const HEAD: u32 = 58;
const RATES: u32 = 330;

/// The three measures but one, which has the pair's own unit: both are a year's, as fractions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Volatility {
    pub(super) at: Timestamp,
    pub(super) ewma: Option<f64>,
    pub(super) realized: Option<f64>,
}

/// What is shown.
pub(super) struct Picture<'a> {
    pub(super) pair: Pair,
    pub(super) source: &'a Source,
    pub(super) interval: Interval,
    pub(super) columns: Vec<Column>,
    pub(super) volatility: Vec<Volatility>,
    pub(super) episodes: Vec<Episode>,
}

impl Picture<'_> {
    pub(super) fn svg(&self) -> Result<String, Failed> {
        let mut drawing = String::new();
        {
            let root = SVGBackend::with_string(&mut drawing, SIZE).into_drawing_area();
            root.fill(&GROUND)?;
            let (head, body) = root.split_vertically(HEAD);
            self.draw_head(&head)?;
            if let Some(frame) = Frame::new(self) {
                let (rates, volatility) = body.split_vertically(RATES);
                draw_rates(&rates, &frame, self)?;
                draw_volatility(&volatility, &frame, self)?;
            } else {
                let middle = (i32::try_from(SIZE.0 / 2)?, 200);
                body.draw(&Text::new(self.nothing(), middle, written(16.0, QUIET, HPos::Center)))?;
            }
            root.present()?;
        }
        Ok(document(&drawing, &self.title(), &self.description()))
    }

    fn draw_head(&self, head: &Area<'_>) -> Result<(), Failed> {
        head.draw(&Text::new(name(self.pair), (16, 12), written(24.0, TEXT, HPos::Left)))?;
        head.draw(&Text::new(self.subtitle(), (16, 38), written(14.0, QUIET, HPos::Left)))?;
        if let Some(last) = self.columns.last() {
            let right = i32::try_from(SIZE.0 - RIGHT)?;
            let last = decimal(last.close, digits(self.pair, last.close));
            head.draw(&Text::new(last, (right, 12), written(24.0, TEXT, HPos::Right)))?;
            head.draw(&Text::new(self.range(), (right, 38), written(14.0, QUIET, HPos::Right)))?;
        }
        Ok(())
    }

    fn title(&self) -> String {
        format!("{}, {}", name(self.pair), self.subtitle())
    }

    fn subtitle(&self) -> String {
        let (source, interval) = (self.source, self.interval);
        let (Some(first), Some(last)) = (self.columns.first(), self.columns.last()) else {
            return format!("{source}, candles of {interval}");
        };
        let has_hours = interval != Interval::D1;
        let [from, to] = [first.start, last.end].map(|at| time(at, has_hours));
        format!("{source}, candles of {interval}, {from} to {to} UTC")
    }

    /// The lowest and the highest rate.
    fn range(&self) -> String {
        let low = self.columns.iter().map(|column| column.low).fold(f64::INFINITY, f64::min);
        let high = self.columns.iter().map(|column| column.high).fold(f64::NEG_INFINITY, f64::max);
        format!("low {}, high {}", decimal(low, digits(self.pair, low)), decimal(high, digits(self.pair, high)))
    }

    fn nothing(&self) -> String {
        format!("{} has no rate of {} in this span of time", self.source, name(self.pair))
    }

    /// The picture in words.
    fn description(&self) -> String {
        let Some(last) = self.columns.last() else { return self.nothing() };
        let mut words = vec![format!("Last {}, {}", decimal(last.close, digits(self.pair, last.close)), self.range())];
        if let Some(ewma) = self.volatility.iter().rev().find_map(|volatility| volatility.ewma) {
            words.push(format!("EWMA volatility {} % a year", decimal(ewma * 100.0, 2)));
        }
        let said = |at: Option<Timestamp>, none: &str| at.map_or_else(|| none.to_owned(), |at| time(at, true));
        words.extend(self.episodes.iter().map(|Episode { alert, from, to }| {
            let (from, to) = (said(*from, "before"), said(*to, "now"));
            format!("Alert {} fired from {from} to {to}", shortened(alert, 80))
        }));
        words.join(". ") + "."
    }
}

/// Text below its place.
pub(super) fn written(size: f64, colour: RGBColor, begins: HPos) -> TextStyle<'static> {
    // The backend divides sizes by this.
    ("sans-serif", size * 1.24).into_font().color(&colour.to_rgba()).pos(Pos::new(begins, VPos::Top))
}
