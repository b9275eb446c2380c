import assert from "node:assert/strict";
import { test } from "node:test";
import { isOpen, marketText, nextChange, openMs } from "../market.js";

const at = (text) => Date.parse(text);
const next = (text) => new Date(nextChange(at(text))).toISOString();
const DAY = 86_400_000;

test("the week runs from Sunday to Friday 17:00 in New York, in winter and in summer", () => {
  assert.equal(isOpen(at("2026-11-22T21:59:59Z")), false);
  assert.equal(isOpen(at("2026-11-22T22:00:00Z")), true);
  assert.equal(next("2026-11-25T10:00:00Z"), "2026-11-27T22:00:00.000Z");
  assert.equal(next("2026-07-04T10:00:00Z"), "2026-07-05T21:00:00.000Z");
});

test("the clocks change on a weekend", () => {
  assert.equal(next("2026-03-06T12:00:00Z"), "2026-03-06T22:00:00.000Z");
  assert.equal(next("2026-03-07T12:00:00Z"), "2026-03-08T21:00:00.000Z");
  assert.equal(next("2026-10-30T22:00:00Z"), "2026-11-01T22:00:00.000Z");
});

test("a holiday takes away one trading day", () => {
  assert.equal(isOpen(at("2026-12-24T21:59:59Z")), true);
  assert.equal(next("2026-12-24T10:00:00Z"), "2026-12-24T22:00:00.000Z");
  assert.equal(next("2026-12-25T10:00:00Z"), "2026-12-27T22:00:00.000Z");
  assert.equal(next("2024-12-25T10:00:00Z"), "2024-12-25T22:00:00.000Z");
});

test("open time stands still while the market is closed", () => {
  const between = (from, to) => openMs(at(to)) - openMs(at(from));
  assert.equal(between("2026-11-16T12:00:00Z", "2026-11-23T12:00:00Z"), 5 * DAY);
  assert.equal(between("2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"), 0);
  assert.equal(between("2026-12-21T12:00:00Z", "2026-12-28T12:00:00Z"), 4 * DAY);
  assert.equal(between("2026-03-06T12:00:00Z", "2026-03-09T12:00:00Z"), DAY + 3_600_000);
  assert.equal(between("2025-11-24T12:00:00Z", "2026-11-23T12:00:00Z"), (260 - 2) * DAY);
});

test("it is told in words", () => {
  assert.equal(marketText(at("2026-11-27T20:00:00Z")), "market open, closes Friday 22:00 UTC, in 2 h");
  assert.equal(marketText(at("2026-11-28T22:00:00Z")), "market closed, opens Sunday 22:00 UTC, in 24 h");
});
