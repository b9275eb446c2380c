// Where things stand in a chart: the panel of rates, the panel of volatility below it, and the axis of time.
import { timeTicks, valueTicks } from "./axis.js";
import { valueSpan } from "./chart-marks.js";
import { svg } from "./dom.js";
import { decimal } from "./format.js";

const EDGE = { top: 10, right: 12, bottom: 24 };
const RATES_HEIGHT = 226;
const VOLATILITY = { gap: 22, height: 60 };
const LABEL_EVERY = { rates: 45, volatility: 28, time: 90 };

function panel(low, high, top, bottom) {
  const y = (value) => top + (1 - (Math.min(Math.max(value, low), high) - low) / (high - low || 1)) * (bottom - top);
  return { low, high, top, bottom, y };
}

function volatilityPanel(points, top) {
  const values = points.map(({ volatility }) => volatility).filter(Number.isFinite);
  if (values.length === 0) return null;
  const high = Math.max(...values) * 1.08 || 0.01;
  return panel(0, high, top, top + VOLATILITY.height);
}

function labelsOf(low, high, wanted, text) {
  const { ticks, digits } = valueTicks(low, high, wanted);
  return ticks.map((value) => ({ value, text: text(value, digits) }));
}

/** The frame for `points` in a picture of that width; `inset` keeps them off the edges. */
export function frameOf({ points, marks, levels, width, hasVolatility, inset }) {
  const rates = panel(...valueSpan(points, marks, levels), EDGE.top, EDGE.top + RATES_HEIGHT);
  const volatility = hasVolatility ? volatilityPanel(points, rates.bottom + VOLATILITY.gap) : null;
  rates.labels = labelsOf(rates.low, rates.high, RATES_HEIGHT / LABEL_EVERY.rates, decimal);
  if (volatility) {
    volatility.labels = labelsOf(0, volatility.high * 100, VOLATILITY.height / LABEL_EVERY.volatility, (value, digits) => `${decimal(value, digits)} %`)
      .map(({ value, text }) => ({ value: value / 100, text }));
  }
  const longest = Math.max(4, ...[...rates.labels, ...(volatility?.labels ?? [])].map(({ text }) => text.length));
  const [left, right] = [longest * 7 + 10, width - EDGE.right];
  const [from, to] = [points[0].at, points.at(-1).at];
  const x = (at) => left + inset + ((at - from) / (to - from || 1)) * (right - left - 2 * inset);
  const bottom = (volatility ?? rates).bottom;
  return { x, left, right, width, rates, volatility, top: rates.top, bottom, height: bottom + EDGE.bottom, times: timeTicks(from, to, (right - left) / LABEL_EVERY.time) };
}

function grid({ labels, y }, { left, right }) {
  return labels.map(({ value, text }) => svg("g", { class: "grid" },
    svg("line", { x1: left, x2: right, y1: y(value), y2: y(value) }),
    svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, text)));
}

/** The lines and labels of both axes. */
export function axes(frame) {
  const { x, left, right, bottom, height, rates, volatility, times } = frame;
  // A label at the very edge would stand beyond it.
  const anchor = (at) => (x(at) > right - 22 ? "end" : x(at) < left + 22 ? "start" : "middle");
  return [
    ...grid(rates, frame), ...(volatility ? grid(volatility, frame) : []),
    ...times.map(({ at, label }) => svg("g", { class: "grid" },
      svg("line", { x1: x(at), x2: x(at), y1: bottom, y2: bottom + 4 }),
      svg("text", { x: x(at), y: height - 6, "text-anchor": anchor(at) }, label))),
    volatility ? svg("text", { x: left, y: volatility.top - 6 }, "Volatility, yearly") : null,
  ];
}
