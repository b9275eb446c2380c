// The yearly volatility of candles, as the service reckons it of updates: the sample standard deviation of 20 log returns
// times the root of how many of them there are in 260 days of open market. No DOM in here.
import { openMs } from "./market.js";

/** So many returns make one figure. */
export const RETURNS = 20;
const YEAR_MS = 260 * 86_400_000;

function deviation(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

function figure(points, at, openAt) {
  if (at < RETURNS) return null;
  const gap = (openAt(at) - openAt(at - RETURNS)) / RETURNS;
  const mids = points.slice(at - RETURNS, at + 1).map(({ mid }) => mid);
  const returns = mids.slice(1).map((mid, index) => Math.log(mid / mids[index]));
  return gap > 0 ? deviation(returns) * Math.sqrt(YEAR_MS / gap) : null;
}

/** The volatility of the candles up to the last; null where there are too few. */
export function lastVolatility(points) {
  return figure(points, points.length - 1, (at) => openMs(points[at].at));
}

/** The points (oldest first), each with the volatility of the candles up to it. */
export function withVolatility(points) {
  const open = points.map(({ at }) => openMs(at));
  return points.map((point, at) => ({ ...point, volatility: figure(points, at, (index) => open[index]) }));
}
