import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, fieldOf } from "../alert-form.js";
import { applyTransition, conditionText, ruleText } from "../alerts.js";

const NAMES = ["name", "pair", "condition", "threshold", "clear_threshold", "for"];
const texts = (over) => ({ name: "", pair: "EUR/USD", condition: "above", threshold: "1.1", clear_threshold: "", for: "", ...over });

test("pointers find their field", () => {
  assert.equal(fieldOf("/condition/threshold", NAMES), "threshold");
  assert.equal(fieldOf("#/for", NAMES), "for");
  assert.equal(fieldOf("/pairs/0", NAMES), "pair");
  assert.equal(fieldOf("/condition/kind", NAMES), "condition");
  assert.equal(fieldOf("/severity", NAMES), null);
  assert.equal(fieldOf("", NAMES), null);
});

test("empty fields are left out of the body", () => {
  assert.deepEqual(bodyOf(texts()), { body: { pair: "EUR/USD", condition: { kind: "above", threshold: 1.1 } }, errors: {} });
  assert.deepEqual(bodyOf(texts({ pair: "*" })).body.pairs, ["*"]);
});

test("what is no number is refused at its field", () => {
  for (const text of ["NaN", "1e400", "1,1", "abc", "0x10", "Infinity"]) {
    assert.ok(bodyOf(texts({ threshold: text })).errors.threshold, text);
    assert.ok(bodyOf(texts({ clear_threshold: text })).errors.clear_threshold, text);
  }
  assert.ok(bodyOf(texts({ threshold: "" })).errors.threshold);
  assert.ok(bodyOf(texts({ pair: "" })).errors.pair);
});

test("rules are told in words", () => {
  assert.equal(conditionText({ kind: "crosses_up", threshold: 1.1 }), "crosses up 1.1");
  assert.equal(conditionText({ kind: "change_pct", percent: 2, window: "1d", direction: "either" }), "change pct percent 2, window 1d, direction either");
  assert.equal(ruleText({ condition: { kind: "above", threshold: 1.1 }, clear_threshold: 1.09, for: "10m", min_updates: 2, once: true }),
    "above 1.1, clears at 1.09, for 10m, 2 updates, once");
});

test("a transition changes the state of its pair only", () => {
  const rule = { id: "a", states: [{ pair: "EURUSD", state: "normal" }, { pair: "USDJPY", state: "pending" }] };
  const after = applyTransition(rule, { pair: "EURUSD", to: "firing", source_ts: "2026-10-30T15:00:00Z", value: 1.2 });
  assert.deepEqual(after.states.map(({ pair, state }) => `${pair} ${state}`).sort(), ["EURUSD firing", "USDJPY pending"]);
});
