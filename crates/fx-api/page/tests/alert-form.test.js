import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, changesOf, fieldOf, textsOf } from "../alert-body.js";
import { CONDITIONS, conditionText, levelsOf, ruleText } from "../conditions.js";

const NAMES = ["name", "pair", "condition", "threshold", "source_a", "clear_threshold", "for", "channels"];
const texts = (over) => ({ name: "", pair: "EUR/USD", condition: "above", threshold: "1.1", clear_threshold: "", for: "", channels: [], ...over });
const FILLED = {
  threshold: "1.1", low: "1.05", high: "1.1", delta: "0.01", percent: "1", window: "1h", direction: "up",
  measure: "ewma_vol", updates: "20", factor: "3", source_a: "kraken", source_b: "ecb", bp: "20",
};

test("pointers find their field", () => {
  assert.equal(fieldOf("/condition/threshold", NAMES), "threshold");
  assert.equal(fieldOf("#/for", NAMES), "for");
  assert.equal(fieldOf("/pairs/0", NAMES), "pair");
  assert.equal(fieldOf("/channels/1", NAMES), "channels");
  assert.equal(fieldOf("/condition/kind", NAMES), "condition");
  assert.equal(fieldOf("/condition/sources", NAMES), "source_a");
  assert.equal(fieldOf("/severity", NAMES), null);
  assert.equal(fieldOf("", NAMES), null);
});

test("empty fields are left out of the body", () => {
  const body = { pairs: ["EUR/USD"], condition: { kind: "above", threshold: 1.1 }, severity: "warning" };
  assert.deepEqual(bodyOf(texts()), { body, errors: {} });
  assert.deepEqual(bodyOf(texts({ pair: "*" })).body.pairs, ["*"]);
  assert.deepEqual(bodyOf(texts({ pair: "EUR/USD, usdjpy ," })).body.pairs, ["EUR/USD", "usdjpy"]);
});

test("every kind gives its condition, and comes back from it", () => {
  for (const kind of Object.keys(CONDITIONS)) {
    const { body, errors } = bodyOf(texts({ ...FILLED, condition: kind }));
    assert.deepEqual(errors, {}, kind);
    assert.equal(body.condition.kind, kind);
    assert.deepEqual(bodyOf(textsOf(body)).body.condition, body.condition, kind);
    assert.ok(!conditionText(body.condition).includes("undefined"), kind);
    const bare = bodyOf(texts({ condition: kind, threshold: "" })).errors;
    const asked = CONDITIONS[kind].fields.filter(({ type }) => type !== "choice").map(({ name }) => name);
    for (const name of asked) assert.ok(bare[name], `${kind} ${name}`);
  }
  assert.deepEqual(bodyOf(texts({ ...FILLED, condition: "divergence" })).body.condition, { kind: "divergence", sources: ["kraken", "ecb"], bp: 20 });
});

test("what a kind does not know is not sent", () => {
  const all = { ...FILLED, clear_threshold: "1", min_updates: "2", rebase_on_fire: true, source: "ecb" };
  const sent = (condition) => bodyOf(texts({ ...all, condition })).body;
  assert.equal(sent("crosses").clear_threshold, undefined);
  assert.equal(sent("stale").min_updates, undefined);
  assert.equal(sent("divergence").source, undefined);
  assert.equal(sent("above").rebase_on_fire, undefined);
  assert.equal(sent("change_pct").rebase_on_fire, true);
});

test("what is no number is refused at its field", () => {
  for (const text of ["NaN", "1e400", "1,1", "abc", "0x10", "Infinity"]) {
    assert.ok(bodyOf(texts({ threshold: text })).errors.threshold, text);
    assert.ok(bodyOf(texts({ clear_threshold: text })).errors.clear_threshold, text);
  }
  assert.ok(bodyOf(texts({ pair: " , " })).errors.pair);
});

test("a change names only what differs", () => {
  const alert = {
    name: "EUR/USD above 1.1", pairs: ["EURUSD"], condition: { kind: "above", threshold: 1.1 }, clear_threshold: null, for: "10m", min_updates: 1,
    cooldown: null, repeat_every: null, once: true, expires_at: "2026-12-31T17:00:00Z", severity: "info", channels: ["ops"],
    rebase_on_fire: false, closed_market: false, source: null, note: null,
  };
  const form = textsOf(alert);
  assert.deepEqual(changesOf(alert, bodyOf(form).body), {});
  const changed = bodyOf({ ...form, threshold: "1.2", for: "", once: false, channels: [] }).body;
  assert.deepEqual(changesOf(alert, changed), { condition: { kind: "above", threshold: 1.2 }, for: null, once: null, channels: null });
});

test("rules are told in words", () => {
  assert.equal(conditionText({ kind: "crosses_up", threshold: 1.1 }), "crosses up 1.1");
  assert.equal(conditionText({ kind: "change_pct", percent: 2, window: "1d", direction: "either" }), "moves 2 % within 1d");
  assert.equal(conditionText({ kind: "of_a_later_version", size: 2 }), "of a later version 2");
  assert.equal(ruleText({ condition: { kind: "above", threshold: 1.1 }, clear_threshold: 1.09, for: "10m", min_updates: 2, once: true }),
    "above 1.1, clears at 1.09, for 10m, 2 updates, once");
  assert.deepEqual(levelsOf({ kind: "leaves_channel", low: 1, high: 2 }), [1, 2]);
  assert.deepEqual(levelsOf({ kind: "change_abs", delta: 1 }), []);
});
