// How far back a pair's chart goes, and of which candles. No DOM in here.

const DAY_MS = 86_400_000;
// The API gives so many buckets at most in one answer.
const MOST_BUCKETS = 10_000;
// Volatility needs 21 candles before the first that is shown, and some of that time the market may be closed.
const LEAD = 32;

/** The widths of the API's candles. */
export const WIDTHS = { "1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "4h": 14_400_000, "1d": DAY_MS };

/** What the buttons offer, by what stands on them. */
export const RANGES = {
  "1d": { days: 1, interval: "1m", said: "one day" },
  "1w": { days: 7, interval: "15m", said: "one week" },
  "1m": { days: 30, interval: "1h", said: "one month" },
  "1y": { days: 365, interval: "1d", said: "one year" },
  "5y": { days: 1_826, interval: "1d", said: "five years" },
  all: { interval: "1d", said: "all there is" },
};

/** What is shown of a pair first: a stream has little history and much news. */
export function firstRange(kind) {
  return kind === "stream" ? "1d" : "1y";
}

/** From when to when, in milliseconds: up to the newest rate, which may be older than now. `lead` is where reading begins. */
export function spanOfRange(key, newest) {
  const { days, interval } = RANGES[key];
  const to = newest + 1;
  if (!days) return { from: 0, to, lead: 0 };
  const from = to - days * DAY_MS;
  return { from, to, lead: Math.max(0, from - LEAD * WIDTHS[interval]) };
}

/** The same span in as many pieces as the API answers at once, oldest first. */
export function piecesOf(from, to, interval) {
  const most = WIDTHS[interval] * MOST_BUCKETS;
  const pieces = [];
  for (let end = to; end > from; end -= most) pieces.unshift({ from: Math.max(from, end - most), to: end });
  return pieces;
}
