import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Stream } from "../stream.js";

// Nothing here waits: what would come back later is told to come back now.
mock.timers.enable({ apis: ["setTimeout"] });

const answers = [];
const asked = [];
globalThis.fetch = async (path, { headers }) => {
  asked.push(headers["last-event-id"] ?? null);
  const answer = answers.shift();
  // The last is asked for ever.
  return answer ?? new Promise(() => {});
};
const events = (...pieces) => new Response(ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece))));

/** Follows what is answered, coming back at once, until it has stood in so many states. */
function states(count) {
  const [seen, heard] = [[], []];
  return new Promise((resolve) => {
    const stream = new Stream("/stream", {
      onEvent: (name, data) => heard.push([name, data]),
      onHeard: () => {},
      onState: (...state) => {
        seen.push(state);
        if (seen.length === count) resolve({ seen, heard });
        else setImmediate(() => stream.retry());
      },
    });
    stream.run();
  });
}

test("after a break it goes on where it was, and says when it is refused", async () => {
  answers.push(
    events('id: 1\n\nevent: rate\nid: 2\ndata: {"pair":"EUR', 'USD"}\n\nevent: rate\nid: 3\nda'),
    new Response('{"detail":"/stream has 256 readers"}', { status: 503, headers: { "content-type": "application/problem+json" } }),
    events("event: feed\nid: 4\ndata: no json\n\n"),
  );
  const { seen, heard } = await states(5);
  assert.deepEqual(seen, [["live"], ["reconnecting", null], ["disconnected", "/stream has 256 readers"], ["live"], ["reconnecting", null]]);
  assert.deepEqual(heard, [["rate", { pair: "EURUSD" }], ["feed", null]]);
  assert.deepEqual(asked, [null, "2", "2"]);
});
