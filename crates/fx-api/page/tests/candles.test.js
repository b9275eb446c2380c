import assert from "node:assert/strict";
import { test } from "node:test";
import { flagged, joined, pointsOf, unitFor, withRate } from "../candles.js";
import { firstRange, piecesOf, spanOfRange } from "../ranges.js";
import { lastVolatility, withVolatility } from "../volatility.js";

const DAY = 86_400_000;
const candle = (start, close = 2) => ({ start, open: 1, high: 3, low: 0.5, close, count: 1, complete: true });
// Every day from Monday on.
const days = (count) => pointsOf(Array.from({ length: count }, (_, at) => candle(new Date(Date.UTC(2024, 0, 1) + at * DAY).toISOString(), 1 + (at % 3) / 100)));

test("candles become points whose mid is the close", () => {
  const start = "2024-03-01T00:00:00Z";
  assert.deepEqual(pointsOf([candle(start)]), [{ source_ts: start, at: Date.parse(start), open: 1, high: 3, low: 0.5, mid: 2 }]);
});

test("narrow candles are joined until so many fit", () => {
  const points = days(60);
  assert.equal(unitFor(points, "1d", 60), "1d");
  assert.equal(unitFor(points, "1d", 59), "1 week");
  assert.equal(unitFor(points, "1d", 3), "1 month");
  assert.equal(unitFor(points, "1d", 0), "1 year");
  const weeks = joined(points, "1 week");
  // The market's week begins on a Sunday.
  assert.deepEqual(weeks.slice(0, 2).map(({ source_ts: stamp }) => stamp.slice(0, 10)), ["2023-12-31", "2024-01-07"]);
  const [first, second] = [{ ...points[0], open: 5, low: 4, high: 6, mid: 5.5 }, { ...points[1], open: 5.5, low: 3, high: 7, mid: 4.5, quality: "unusual" }];
  const [week] = joined([first, second], "1 week");
  assert.deepEqual([week.open, week.high, week.low, week.mid, week.quality], [5, 7, 3, 4.5, "unusual"]);
});

test("a live rate goes into its candle, a later one begins the next", () => {
  const points = days(2);
  const into = withRate(points, { mid: 9, source_ts: "2024-01-02T15:00:00Z", quality: "ok" }, "1d");
  assert.deepEqual([into.length, into[1].mid, into[1].high, into[1].low], [2, 9, 9, 0.5]);
  const after = withRate(points, { mid: 2.5, source_ts: "2024-01-03T15:00:00Z", quality: "ok" }, "1d");
  assert.deepEqual([after.length, after[2].open, after[2].source_ts], [3, 2.5, "2024-01-03T00:00:00.000Z"]);
  assert.equal(withRate(points, { mid: 9, source_ts: "2024-01-01T15:00:00Z" }, "1d"), null);
  assert.equal(withRate([], { mid: 9, source_ts: "2024-01-01T15:00:00Z" }, "1d").length, 1);
});

test("a candle is as good as the worst update in it", () => {
  const marks = ["unusual", "suspect"].map((quality) => ({ at: Date.parse("2024-01-02T00:00:00Z"), quality }));
  assert.deepEqual(flagged(days(2), marks).map(({ quality }) => quality), [undefined, "suspect"]);
});

test("volatility needs 20 returns and counts open time", () => {
  // Weekdays alone, up and down in turn.
  const weekdays = days(60).filter(({ at }) => new Date(at).getUTCDay() % 6 !== 0).map((point, at) => ({ ...point, mid: 100 * 1.01 ** (at % 2) }));
  const found = withVolatility(weekdays);
  assert.equal(found[19].volatility, null);
  // Returns of ±ln 1.01 in turn, ten of each: the sample deviation is ln 1.01 · √(20/19), one a day, 260 days.
  const wanted = Math.log(1.01) * Math.sqrt(20 / 19) * Math.sqrt(260);
  // New Year's Day is closed: the first gaps are wider.
  assert.ok(Math.abs(found[25].volatility / wanted - 1) < 1e-9);
  assert.equal(lastVolatility(weekdays), found.at(-1).volatility);
});

test("a range ends at the newest rate and leads in for the volatility", () => {
  const newest = Date.UTC(2024, 5, 1);
  assert.equal(spanOfRange("1y", newest).from, newest + 1 - 365 * DAY);
  assert.equal(spanOfRange("1y", newest).lead, newest + 1 - 397 * DAY);
  assert.deepEqual(spanOfRange("all", newest), { from: 0, to: newest + 1, lead: 0 });
  assert.deepEqual([firstRange("stream"), firstRange("table"), firstRange()], ["1d", "1y", "1y"]);
});

test("a long span is asked for in pieces that the service answers", () => {
  const pieces = piecesOf(0, 25_000 * DAY, "1d");
  assert.deepEqual(pieces.map(({ from, to }) => [from / DAY, to / DAY]), [[0, 5_000], [5_000, 15_000], [15_000, 25_000]]);
});
