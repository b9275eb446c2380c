//! An axis with ticks of its own choice.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;

/// From one value to another, with its ticks.
pub(super) struct Axis {
    span: RangedCoordf64,
    ticks: Vec<f64>,
}

impl Axis {
    pub(super) fn new(span: Range<f64>, ticks: Vec<f64>) -> Self {
        Self { span: span.into(), ticks }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.span.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.span.range()
    }
}
