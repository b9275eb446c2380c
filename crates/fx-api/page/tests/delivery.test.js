import assert from "node:assert/strict";
import { test } from "node:test";
import { channelField, channelOf } from "../channels.js";
import { attemptText, deliveryText, subjectText } from "../deliveries.js";

const AT = "2020-01-01T15:00:00Z";
const attempt = { at: AT, took_ms: 41, code: 500, error: null };
const delivery = (over) => ({ status: "pending", reason: null, attempts: [], next_at: null, finished_at: null, ...over });

test("a delivery tells how far it is", () => {
  assert.equal(deliveryText(delivery({})), "not tried yet");
  assert.equal(deliveryText(delivery({ attempts: [attempt], next_at: AT })), "1 attempt, next 2020-01-01 15:00");
  assert.equal(deliveryText(delivery({ status: "delivered", attempts: [attempt, attempt], finished_at: AT })), "2020-01-01 15:00, 2 attempts");
  assert.equal(deliveryText(delivery({ status: "failed", reason: "channel_missing" })), "channel missing");
  assert.equal(attemptText(attempt), "2020-01-01 15:00, 41 ms, 500");
  assert.equal(attemptText({ ...attempt, code: null, error: "refused" }), "2020-01-01 15:00, 41 ms, refused");
});

test("a delivery tells of its alerts, or is a test", () => {
  assert.equal(subjectText({ alert_names: ["one", "two"] }), "one, two");
  assert.equal(subjectText({ alert_names: [] }), "a test message");
});

test("the form gives the channel of its kind", () => {
  const given = (over) => channelOf({ name: "ops", kind: "webhook", target: "https://example.com/x", group: "", ...over });
  assert.deepEqual(given({}), { body: { name: "ops", kind: "webhook", url: "https://example.com/x" }, errors: {} });
  assert.deepEqual(given({ kind: "email", target: "a@example.com, b@example.com", group: "30s" }).body,
    { name: "ops", kind: "email", to: ["a@example.com", "b@example.com"], group: "30s" });
  assert.deepEqual(Object.keys(given({ name: "", target: "" }).errors), ["name", "target"]);
});

test("pointers of a channel find their field", () => {
  const names = ["name", "kind", "target", "group"];
  assert.equal(channelField("/url", names), "target");
  assert.equal(channelField("/to/1", names), "target");
  assert.equal(channelField("/group", names), "group");
  assert.equal(channelField("", names), null);
});
