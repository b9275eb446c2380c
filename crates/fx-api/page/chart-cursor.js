// What the cursor of a chart points at: in words, and beside it.
import { svg } from "./dom.js";
import { decimal, time, volatility } from "./format.js";
import { WIDTHS } from "./ranges.js";

const NARROW = Object.keys(WIDTHS).filter((name) => WIDTHS[name] < WIDTHS["1d"]);

/** When a candle of that width begins: the hour where it tells something. */
export function stampText(stamp, unit) {
  return NARROW.includes(unit) ? `${time(stamp)} UTC` : time(stamp).slice(0, 10);
}

function figures(point, kind, digits) {
  const value = (number) => decimal(number, digits);
  if (kind === "candles") return [`open ${value(point.open)}`, `high ${value(point.high)}`, `low ${value(point.low)}`, `close ${value(point.mid)}`];
  return [`mid ${value(point.mid)}`, point.high > point.low ? `${value(point.low)} to ${value(point.high)}` : null];
}

/** One point in words. */
export function readout(point, { kind, digits, unit }) {
  const rest = [
    ...figures(point, kind, digits),
    volatility(point.volatility) ? `volatility ${volatility(point.volatility)}` : null,
    point.quality && point.quality !== "ok" ? point.quality : null,
  ];
  return `${stampText(point.source_ts, unit)}: ${rest.filter(Boolean).join(", ")}`;
}

/** The crosshair on a point, with its figures in a box. */
export function crosshair(point, { kind, digits, unit }, frame) {
  const [px, py] = [frame.x(point.at), frame.rates.y(point.mid)];
  const lines = [stampText(point.source_ts, unit), ...figures(point, kind, digits), volatility(point.volatility) ? `volatility ${volatility(point.volatility)}` : null].filter(Boolean);
  const width = Math.max(...lines.map((text) => text.length)) * 6.4 + 16;
  const height = lines.length * 15 + 8;
  const x = px + 10 + width > frame.width ? Math.max(px - 10 - width, 0) : px + 10;
  const y = py > (frame.rates.top + frame.rates.bottom) / 2 ? frame.rates.top : frame.rates.bottom - height;
  return [
    svg("line", { x1: px, x2: px, y1: frame.top, y2: frame.bottom }),
    svg("line", { x1: frame.left, x2: frame.right, y1: py, y2: py }),
    svg("circle", { cx: px, cy: py, r: 3.5 }),
    svg("rect", { x, y, width, height, rx: 3 }),
    ...lines.map((text, at) => svg("text", { class: at === 1 ? "value" : null, x: x + 8, y: y + 16 + at * 15 }, text)),
  ];
}
