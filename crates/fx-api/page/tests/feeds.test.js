import assert from "node:assert/strict";
import { test } from "node:test";
import { hasLive, noticeOf, replayTime } from "../feeds.js";

const feed = (over) => ({ name: "kraken", kind: "stream", state: "live", last_source_ts: "2026-11-02T09:00:00Z", ...over });
const bundled = feed({ name: "ecb", kind: "table", state: "bundled", last_source_ts: "2026-10-30T15:00:00Z" });

test("bundled history alone is said to be just that", () => {
  const feeds = [feed({ state: "backoff", last_source_ts: null }), bundled];
  assert.equal(hasLive(feeds), false);
  assert.equal(noticeOf(feeds), "Nothing live has arrived yet. The rates below are the bundled history (ecb), up to 2026-10-30 15:00 UTC.");
});

test("no rates at all are not called history", () => {
  const waiting = [feed({ state: "waiting", last_source_ts: null })];
  assert.match(noticeOf(waiting), /no bundled history/);
  assert.match(noticeOf(waiting, "2026-10-30T15:00:00Z"), /since the start. The rates below are from before it, up to 2026-10-30 15:00 UTC/);
});

test("live feeds need no notice, lost ones do", () => {
  assert.equal(noticeOf([feed(), bundled]), null);
  assert.match(noticeOf([feed({ state: "down" }), bundled]), /^No feed is live at the moment/);
});

test("a replay is never taken for live", () => {
  assert.match(noticeOf([feed({ name: "bars", kind: "table", state: "replay" })]), /^Replay: these are recorded rates \(bars\)/);
});

test("how far a replay has come is told apart from the notice", () => {
  assert.equal(replayTime([bundled]), null);
  assert.equal(replayTime([feed({ state: "replay", last_source_ts: "2000-11-09T15:00:00Z" })]), "Now at 2000-11-09 15:00 UTC.");
});
