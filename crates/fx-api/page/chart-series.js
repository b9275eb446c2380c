// What a chart draws of its points: line and band, candles, volatility, and what is flagged.
import { svg } from "./dom.js";

const place = (x, y) => `${x.toFixed(1)},${y.toFixed(1)}`;

/** The line of closes, and the band from the lowest to the highest about it. */
export function lineOf(points, { x, rates: { y } }) {
  const corner = (side) => (point) => place(x(point.at), y(point[side]));
  const band = [...points.map(corner("high")), ...points.toReversed().map(corner("low"))];
  return [
    svg("polygon", { class: "band", points: band.join(" ") }),
    svg("polyline", { class: "line", points: points.map(corner("mid")).join(" ") }),
    // A line of one point would not be seen.
    points.length === 1 ? svg("circle", { class: "dot", cx: x(points[0].at), cy: y(points[0].mid), r: 3 }) : null,
  ];
}

/** The width of a candle's body so that `count` of them stand apart. */
export function bodyWidth(count, room) {
  return Math.min(Math.max((room / Math.max(count, 1)) * 0.62, 1.4), 14);
}

function candlePath(points, width, { x, rates: { y } }) {
  return points.map(({ at, open, high, low, mid }) => {
    const [left, top] = [x(at) - width / 2, y(Math.max(open, mid))];
    const height = Math.max(Math.abs(y(open) - y(mid)), 1);
    const bottom = top + height;
    return `M${place(x(at), y(high))}V${top.toFixed(1)}M${place(x(at), bottom)}V${y(low).toFixed(1)}M${place(left, top)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;
  }).join("");
}

/** Candles: hollow where the rate rose, filled where it fell. */
export function candlesOf(points, width, frame) {
  const rose = points.filter(({ open, mid }) => mid >= open);
  const fell = points.filter(({ open, mid }) => mid < open);
  return [
    svg("path", { class: "candles rose", d: candlePath(rose, width, frame) }),
    svg("path", { class: "candles fell", d: candlePath(fell, width, frame) }),
  ];
}

/** The volatility below; where there is none the line breaks off. */
export function volatilityOf(points, { x, volatility }) {
  if (!volatility) return [];
  let isDown = false;
  const path = points.map(({ at, volatility: value }) => {
    if (!Number.isFinite(value)) isDown = false;
    const step = Number.isFinite(value) ? `${isDown ? "L" : "M"}${place(x(at), volatility.y(value))}` : "";
    isDown ||= step !== "";
    return step;
  });
  return [svg("path", { class: "volatility", d: path.join("") })];
}

/** Updates that are thought unusual or a mistake, as diamonds; the latter at the edge where they are far off. */
export function flagsOf(marks, { x, right, rates: { y } }) {
  return marks.map(({ at, mid, quality }) =>
    svg("path", { class: `flagged ${quality}`, d: `M${place(Math.min(x(at), right), y(mid) - 5)}l5 5l-5 5l-5 -5z` }));
}
