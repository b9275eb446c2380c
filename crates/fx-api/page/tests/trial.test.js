import assert from "node:assert/strict";
import { test } from "node:test";
import { episodeText, intervalFor, outcomeText, spanOf } from "../trial-span.js";

const DAY = 86_400_000;
const rates = [
  { pair: "EURUSD", source_ts: "2024-03-01T00:00:00Z" },
  { pair: "USDJPY", source_ts: "2024-03-05T00:00:00Z" },
];

test("it ends at the newest rate of its pairs, in either direction", () => {
  const end = (pairs) => spanOf(rates, pairs, 30, 0).to;
  assert.equal(end(["eur/usd"]), "2024-03-01T00:00:00.001Z");
  assert.equal(end(["USDEUR"]), "2024-03-01T00:00:00.001Z");
  assert.equal(end(["EURUSD", "USDJPY"]), "2024-03-05T00:00:00.001Z");
  assert.equal(end(["*"]), "2024-03-05T00:00:00.001Z");
  assert.equal(end(["GBPCHF"]), "1970-01-01T00:00:00.001Z");
  assert.equal(spanOf(rates, ["EURUSD"], 30, 0).from, "2024-01-31T00:00:00.000Z");
});

test("candles are as wide as the chart needs", () => {
  assert.equal(intervalFor(0, DAY), "1m");
  assert.equal(intervalFor(0, 7 * DAY), "15m");
  assert.equal(intervalFor(0, 365 * DAY), "1d");
  assert.equal(intervalFor(0, 9131 * DAY), "1d");
});

test("the outcome is told in a sentence", () => {
  const told = (episodes, read, monthly) => outcomeText({ episodes: Array(episodes).fill({}), updates_read: read, per_month: monthly, firing_s: 7200 });
  assert.equal(told(4, 1800, 0.333), "It would have fired 0.3 times a month: 4 episodes in 1,800 updates, 2 h of firing in all.");
  assert.equal(told(1, 1, 30.4), "It would have fired 30 times a month: 1 episode in 1 update, 2 h of firing in all.");
  assert.equal(told(0, 1800, 0), "It would not have fired: 1,800 updates read, no episode.");
  assert.match(told(0, 0, 0), /no history/);
});

test("an episode is told with its end, or as open", () => {
  const episode = { pair: "EURUSD", fired_at: "2024-03-01T00:00:00Z", cleared_at: "2024-03-02T00:00:00Z", value: 1.1, extreme: 1.2 };
  assert.equal(episodeText(episode), "EUR/USD 1.1000 at 2024-03-01 00:00, to 2024-03-02 00:00, 24 h, extreme 1.2000");
  assert.match(episodeText({ ...episode, cleared_at: null }), /still firing at the end/);
  assert.match(episodeText({ ...episode, measured: -1.23456 }), /^EUR\/USD 1.1000 \(measured -1.235\) at/);
});
