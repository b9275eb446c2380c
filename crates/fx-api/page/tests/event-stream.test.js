import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser } from "../event-stream.js";

function read(...pieces) {
  const [events, waits] = [[], []];
  const parser = new EventParser({ onEvent: (...event) => events.push(event), onRetry: (ms) => waits.push(ms) });
  for (const piece of pieces) parser.push(piece);
  return { events, waits, lastId: parser.lastId };
}

const TEXT = "retry: 2000\nid: r0-5.a0-0.\n\n: still here\n\nevent: rate\nid: r0-6.a0-0.\ndata: {\"pair\":\"EURUSD\"}\n\ndata: one\ndata:two\ndata\n\n";
const WANTED = [["rate", '{"pair":"EURUSD"}', "r0-6.a0-0."], ["message", "one\ntwo\n", "r0-6.a0-0."]];

test("events are read with name, data and id", () => {
  assert.deepEqual(read(TEXT), { events: WANTED, waits: [2000], lastId: "r0-6.a0-0." });
});

test("wherever the pieces break, and with any line ends", () => {
  for (const ends of ["\n", "\r\n", "\r"]) {
    const text = TEXT.replaceAll("\n", ends);
    // A lone carriage return at the very end may be half of a line end: what follows decides.
    const follows = ends === "\r" ? ":" : "";
    for (let at = 0; at <= text.length; at += 1) assert.deepEqual(read(text.slice(0, at), text.slice(at), follows).events, WANTED, `${JSON.stringify(ends)} at ${at}`);
    assert.deepEqual(read(...text, follows).events, WANTED);
  }
});

test("an id alone is a place to go on from, an event that breaks off is none", () => {
  assert.equal(read("id: 7\n\n").lastId, "7");
  assert.deepEqual(read("id: 7\n\nid: 8\ndata: x\n"), { events: [], waits: [], lastId: "7" });
  assert.deepEqual(read("data: x").events, []);
});

test("what the standard says to pass by is passed by", () => {
  assert.deepEqual(read("\uFEFFdata: x\n\n").events, [["message", "x", ""]]);
  assert.deepEqual(read("event: empty\n\ndata: x\n\n").events, [["message", "x", ""]]);
  assert.deepEqual(read("id: a\0b\nother: x\n__proto__: x\ndata:  two spaces\n\n").events, [["message", " two spaces", ""]]);
  assert.deepEqual(read("retry: soon\nretry: 5s\nretry:\n\n").waits, []);
  assert.deepEqual(read("id: 7\n\nid\ndata: x\n\n").events, [["message", "x", ""]]);
});
