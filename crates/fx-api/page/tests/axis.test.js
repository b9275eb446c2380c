import assert from "node:assert/strict";
import { test } from "node:test";
import { timeTicks, valueTicks } from "../axis.js";

test("value ticks are round and lie inside", () => {
  const { ticks, digits } = valueTicks(1.0834, 1.0961, 5);
  assert.deepEqual(ticks.map((tick) => tick.toFixed(digits)), ["1.085", "1.090", "1.095"]);
  assert.equal(valueTicks(0, 0.9, 9).digits, 1);
});

test("time ticks fall on whole units", () => {
  const hours = timeTicks(Date.UTC(2026, 9, 29, 21, 7), Date.UTC(2026, 9, 30, 3, 6), 6);
  assert.deepEqual(hours.map(({ label }) => label), ["22:00", "23:00", "30 Oct", "01:00", "02:00", "03:00"]);
  const years = timeTicks(Date.UTC(1999, 0, 4), Date.UTC(2026, 9, 30), 6);
  assert.ok(years.length >= 4 && years.every(({ label }) => /^\d{4}$/.test(label)));
  const months = timeTicks(Date.UTC(2025, 10, 7), Date.UTC(2026, 9, 30), 7);
  assert.deepEqual(months.map(({ label }) => label), ["2026", "Mar", "May", "Jul", "Sep"]);
});

test("one moment gives no endless ticks", () => {
  assert.ok(timeTicks(5_000, 5_000, 6).length <= 1);
});
