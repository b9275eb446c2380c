import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsOf, nextSort, RateBook, selectRates } from "../rates.js";

const rate = (pair, over = {}) => ({
  pair, base: pair.slice(0, 3), quote: pair.slice(3), mid: 1, source: "ecb", source_ts: "2026-10-30T15:00:00Z",
  derived: false, stale: false, quality: "ok", held: null, change_24h_pct: 0, age_s: 10, ...over,
});
const RATES = [
  rate("EURUSD", { mid: 1.1, change_24h_pct: null }),
  rate("USDJPY", { mid: 157, derived: true, change_24h_pct: -2, source_ts: "2026-10-29T15:00:00Z" }),
  rate("EURJPY", { mid: 175, stale: true, source: "kraken", change_24h_pct: 3, source_ts: "2026-10-31T15:00:00Z" }),
];
const pairs = (view) => selectRates(RATES, { search: "", show: "all", sort: null, ...view }).map(({ pair }) => pair);

test("every word of the search must stand in pair or source", () => {
  assert.deepEqual(pairs({ search: "jpy" }), ["USDJPY", "EURJPY"]);
  assert.deepEqual(pairs({ search: " EUR  jpy" }), ["EURJPY"]);
  assert.deepEqual(pairs({ search: "usd_jpy" }), ["USDJPY"]);
  assert.deepEqual(pairs({ search: "kraken" }), ["EURJPY"]);
  assert.deepEqual(pairs({ search: "xyz" }), []);
});

test("a source with a hyphen in its name is found", () => {
  const open = [rate("EURUSD", { source: "open-er-api" })];
  assert.equal(selectRates(open, { search: "open-er", show: "all", sort: null }).length, 1);
});

test("kinds narrow the list", () => {
  assert.deepEqual(pairs({ show: "derived" }), ["USDJPY"]);
  assert.deepEqual(pairs({ show: "published" }), ["EURUSD", "EURJPY"]);
  assert.deepEqual(pairs({ show: "stale" }), ["EURJPY"]);
  assert.deepEqual(pairs({ show: "fresh" }), ["EURUSD", "USDJPY"]);
  assert.deepEqual(pairs({ show: "flagged" }), []);
  const flags = [rate("EURUSD", { held: { mid: 11 } }), rate("USDJPY", { quality: "unusual" }), rate("EURJPY", { quality: "suspect" }), rate("GBPUSD")];
  assert.equal(selectRates(flags, { search: "", show: "flagged", sort: null }).length, 3);
});

test("missing figures sort last both ways", () => {
  assert.deepEqual(pairs({ sort: { key: "change", direction: "descending" } }), ["EURJPY", "USDJPY", "EURUSD"]);
  assert.deepEqual(pairs({ sort: { key: "change", direction: "ascending" } }), ["USDJPY", "EURJPY", "EURUSD"]);
});

test("an age that descends begins with the oldest", () => {
  assert.deepEqual(pairs({ sort: { key: "age", direction: "descending" } }), ["USDJPY", "EURUSD", "EURJPY"]);
});

test("a heading goes first way, other way, market order", () => {
  const first = nextSort(null, "mid");
  assert.deepEqual(first, { key: "mid", direction: "descending" });
  const second = nextSort(first, "mid");
  assert.deepEqual(second, { key: "mid", direction: "ascending" });
  assert.equal(nextSort(second, "mid"), null);
  assert.deepEqual(nextSort(second, "pair"), { key: "pair", direction: "ascending" });
});

test("an older rate never replaces a newer one, a correction does", () => {
  const book = new RateBook();
  book.replace([rate("EURUSD", { mid: 1.1 })], 0);
  assert.equal(book.merge([rate("EURUSD", { mid: 9, source_ts: "2026-10-29T15:00:00Z" })], 0).length, 0);
  assert.equal(book.get("EURUSD").mid, 1.1);
  assert.equal(book.merge([rate("EURUSD", { mid: 1.2 })], 0).length, 1);
  assert.equal(book.get("EURUSD").mid, 1.2);
});

test("ages go on from the service's figure", () => {
  const book = new RateBook();
  book.replace([rate("EURUSD")], 1_000);
  assert.equal(book.age(book.get("EURUSD"), 6_000), 15);
});

test("flags come gravest first", () => {
  assert.deepEqual(flagsOf(rate("EURUSD", { derived: true, stale: true, held: { mid: 11 } })), ["held", "stale", "derived"]);
});
