import assert from "node:assert/strict";
import { test } from "node:test";
import { acknowledgedText, applyTransition, happened, snoozedUntil } from "../alert-states.js";

const LATER = new Date(Date.now() + 3_600_000).toISOString();
const told = (over) => ({ pair: "EURUSD", from: "normal", to: "firing", at: "2026-10-30T15:00:01Z", source_ts: "2026-10-30T15:00:00Z", value: 1.2, ...over });
const after = (states, over, rule = {}) => applyTransition({ id: "a", states, ...rule }, told(over));
const stands = ({ states }) => states.map(({ pair, state }) => `${pair} ${state}`).sort();

test("a transition changes the state of its pair only", () => {
  const states = [{ pair: "EURUSD", state: "normal" }, { pair: "USDJPY", state: "pending" }];
  assert.deepEqual(stands(after(states, {})), ["EURUSD firing", "USDJPY pending"]);
});

test("a notice changes no state", () => {
  const states = [{ pair: "EURUSD", state: "normal" }];
  assert.deepEqual(stands(after(states, { from: "normal", to: "normal", notice: "unconfirmed" })), ["EURUSD normal"]);
});

test("an acknowledgement stays until the episode is over", () => {
  const acknowledged = after([{ pair: "EURUSD", state: "firing", since: "2026-10-30T14:00:00Z" }], { from: "firing", to: "acknowledged", by: "ann", comment: "on it" });
  assert.deepEqual(stands(acknowledged), ["EURUSD acknowledged"]);
  assert.equal(acknowledged.states[0].acknowledged.by, "ann");
  assert.equal(acknowledged.states[0].since, "2026-10-30T14:00:00Z");
  const recovering = after(acknowledged.states, { from: "firing", to: "recovering" });
  assert.deepEqual(stands(recovering), ["EURUSD acknowledged"]);
  assert.equal(recovering.states[0].acknowledged.by, "ann");
  const over = after(recovering.states, { from: "recovering", to: "normal" });
  assert.deepEqual(stands(over), ["EURUSD normal"]);
  assert.equal(over.states[0].acknowledged, null);
});

test("a snooze stays while the machine goes on, and ends when somebody resumes", () => {
  const rule = { snoozed_until: LATER };
  assert.deepEqual(stands(after([{ pair: "EURUSD", state: "snoozed" }], {}, rule)), ["EURUSD snoozed"]);
  assert.deepEqual(stands(after([{ pair: "EURUSD", state: "snoozed" }], { to: "expired" }, rule)), ["EURUSD expired"]);
  const resumed = after([{ pair: "EURUSD", state: "snoozed" }], { from: "snoozed", to: "firing" }, rule);
  assert.deepEqual(stands(resumed), ["EURUSD firing"]);
  assert.equal(resumed.snoozed_until, null);
});

test("a snooze that is over is none", () => {
  assert.equal(snoozedUntil({ snoozed_until: LATER }), LATER);
  assert.equal(snoozedUntil({ snoozed_until: "2020-01-01T00:00:00Z" }), null);
  assert.equal(snoozedUntil({}), null);
});

test("what happened is told in words", () => {
  assert.deepEqual(happened(told({ from: "pending" })), { tag: "firing", text: "pending to firing" });
  assert.deepEqual(happened(told({ from: "firing", notice: "repeat" })), { tag: "repeat", text: "still open" });
  assert.deepEqual(happened(told({ from: "firing", to: "acknowledged", took_s: 720 })), { tag: "acknowledged", text: "acknowledged after 12 min" });
  assert.equal(acknowledgedText({ by: "ann", comment: "on it", at: "2020-01-01T15:00:00Z" }), "acknowledged by ann at 2020-01-01 15:00: on it");
  assert.equal(acknowledgedText({ by: null, comment: null, at: "2020-01-01T15:00:00Z" }), "acknowledged at 2020-01-01 15:00");
  assert.equal(acknowledgedText(null), null);
});
