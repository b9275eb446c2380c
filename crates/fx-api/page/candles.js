// Candles as points of a chart: joined into wider ones, carried on by live rates. No DOM in here.
import { WIDTHS } from "./ranges.js";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
// 1970 began on a Thursday, the market's week begins on a Sunday.
const FIRST_SUNDAY = 3 * DAY_MS;

const even = (width) => (at) => Math.floor(at / width) * width;
const months = (count) => (at) => {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / count) * count, 1);
};

/** Widths of candles, narrowest first, each with the start of the one that holds a time. */
export const UNITS = [
  ...Object.entries(WIDTHS).map(([name, width]) => ({ name, startOf: even(width) })),
  { name: "1 week", startOf: (at) => even(WEEK_MS)(at - FIRST_SUNDAY) + FIRST_SUNDAY },
  { name: "1 month", startOf: months(1) },
  { name: "3 months", startOf: months(3) },
  { name: "1 year", startOf: months(12) },
];

const unitNamed = (name) => UNITS.find((unit) => unit.name === name);
const RANKS = { suspect: 2, unusual: 1 };
const worse = (a, b) => ((RANKS[a] ?? 0) >= (RANKS[b] ?? 0) ? a : b);

/** When the candle of that unit begins that holds a time. */
export const startOf = (name, at) => unitNamed(name).startOf(at);

/** The API's candles as points; the mid is the close. */
export function pointsOf(candles) {
  return candles.map(({ start, open, high, low, close }) => ({ source_ts: start, at: Date.parse(start), open, high, low, mid: close }));
}

/** Points joined into candles of a wider unit. */
export function joined(points, name) {
  const wide = [];
  for (const point of points) {
    const at = startOf(name, point.at);
    const last = wide.at(-1);
    if (last?.at !== at) {
      wide.push({ ...point, at, source_ts: new Date(at).toISOString() });
      continue;
    }
    const { mid, volatility } = point;
    const quality = worse(last.quality, point.quality);
    Object.assign(last, { mid, volatility, quality, high: Math.max(last.high, point.high), low: Math.min(last.low, point.low) });
  }
  return wide;
}

/** The narrowest unit, not below `interval`, of which there are at most `most`. */
export function unitFor(points, interval, most) {
  const units = UNITS.slice(UNITS.indexOf(unitNamed(interval)));
  const fits = ({ name }) => new Set(points.map(({ at }) => startOf(name, at))).size <= most;
  return (units.find(fits) ?? units.at(-1)).name;
}

/** The points with a live rate taken into the candle it belongs to; null where it is older than the last. */
export function withRate(points, { mid, source_ts: stamp, quality }, interval) {
  const at = startOf(interval, Date.parse(stamp));
  const last = points.at(-1);
  if (last && at < last.at) return null;
  if (last?.at !== at) return [...points, { source_ts: new Date(at).toISOString(), at, open: mid, high: mid, low: mid, mid, quality }];
  const next = { ...last, mid, high: Math.max(last.high, mid), low: Math.min(last.low, mid), quality: worse(last.quality, quality) };
  return [...points.slice(0, -1), next];
}

/** The points, each with the worst quality of the flagged updates within it. */
export function flagged(points, updates) {
  const worst = new Map();
  for (const { at, quality } of updates) worst.set(at, worse(worst.get(at), quality));
  return points.map((point) => (worst.has(point.at) ? { ...point, quality: worst.get(point.at) } : point));
}
