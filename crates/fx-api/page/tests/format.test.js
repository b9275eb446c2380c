import assert from "node:assert/strict";
import { test } from "node:test";
import { age, change, decimal, digitsOf, pairName, pairValue, precision, shortTime, time, volatility } from "../format.js";

const rate = (over) => ({ pair: "EURUSD", base: "EUR", quote: "USD", mid: 1.0842, published: null, ...over });

test("digits follow the pair's convention, or the published scale in this direction", () => {
  assert.equal(digitsOf(rate({})), 5);
  assert.equal(digitsOf(rate({ quote: "JPY", mid: 160.1 })), 3);
  assert.equal(digitsOf(rate({ published: { pair: "EURUSD", mid: 1.0842, scale: 4 } })), 4);
  assert.equal(digitsOf(rate({ published: { pair: "USDEUR", mid: 0.9223, scale: 4 } })), 5);
});

test("a very small rate keeps its figures", () => {
  assert.equal(decimal(0.00004123, digitsOf(rate({ mid: 0.00004123 }))), "0.000041230");
});

test("numbers that are none are a dash, not NaN", () => {
  for (const value of [null, undefined, NaN, Infinity]) {
    assert.equal(decimal(value, 5), "–");
    assert.equal(change(value), "–");
    assert.equal(precision(value), "–");
    assert.equal(age(value), "–");
  }
  assert.equal(volatility(null), null);
  assert.equal(pairValue("EURUSD", null), "");
  assert.equal(pairValue("EURUSD", 1.1172), "1.1172");
});

test("changes carry a sign that needs no colour", () => {
  assert.equal(change(0.134), "+0.13 %");
  assert.equal(change(-0.134), "−0.13 %");
  assert.equal(change(-0.001), "0.00 %");
  assert.equal(change(1234.5), "+1,234.50 %");
});

test("ages use the largest unit that still tells something", () => {
  assert.deepEqual([0, 59.9, 60, 3_599, 3_600, 172_799, 172_800, 2_000_000, 63_072_000].map(age),
    ["0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 d", "23 d", "2 y"]);
});

test("times are in UTC, with seconds where there are any", () => {
  assert.equal(time("2026-10-30T16:00:00+01:00"), "2026-10-30 15:00");
  assert.equal(time("2026-10-30T15:00:07.123456Z"), "2026-10-30 15:00:07");
  assert.equal(time(null), null);
  assert.equal(time("yesterday"), null);
  assert.equal(shortTime("2026-10-30T15:00:00Z", new Date("2026-10-30T20:00:00Z")), "15:00");
  assert.equal(shortTime("2026-10-29T15:00:00Z", new Date("2026-10-30T20:00:00Z")), "2026-10-29 15:00");
});

test("only pairs are written as pairs", () => {
  assert.equal(pairName("EURUSD"), "EUR/USD");
  assert.equal(pairName("*"), "*");
});
