import assert from "node:assert/strict";
import { test } from "node:test";
import { episodesOf, episodeText, within } from "../episodes.js";

const to = (state, day, over = {}) => ({ episode_id: "1", alert_name: "high", pair: "EURUSD", to: state, value: 1.1, source_ts: `2024-03-0${day}T15:00:00Z`, ...over });
const newestFirst = (...transitions) => transitions.toReversed();

test("an episode goes from its firing to its end", () => {
  const [episode, open] = episodesOf(newestFirst(to("pending", 1), to("firing", 2), to("firing", 3, { notice: "repeat" }), to("acknowledged", 3),
    to("recovering", 4), to("firing", 4), to("normal", 5), to("firing", 6, { episode_id: "2" })));
  assert.deepEqual([episode.from, episode.to], ["2024-03-02T15:00:00Z", "2024-03-05T15:00:00Z"]);
  assert.equal(open.to, null);
  assert.equal(episodeText(episode), "high: fired at 1.1000 on 2024-03-02 15:00 UTC, until 2024-03-05 15:00 UTC");
  assert.match(episodeText(open), /still open$/);
});

test("what never fired is no episode", () => {
  assert.deepEqual(episodesOf(newestFirst(to("pending", 1), to("normal", 2), to("firing", 3, { episode_id: null }))), []);
});

test("those that reach into a span are found", () => {
  const all = episodesOf(newestFirst(to("firing", 2), to("normal", 3), to("firing", 5, { episode_id: "2" })));
  const found = (from, until) => within(all, Date.parse(`2024-03-0${from}`), Date.parse(`2024-03-0${until}`)).map(({ id }) => id).join();
  assert.equal(found(1, 9), "1,2");
  assert.equal(found(3, 4), "1");
  assert.equal(found(4, 5), "");
  assert.equal(found(7, 9), "2");
});
