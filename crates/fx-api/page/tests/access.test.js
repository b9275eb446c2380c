import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { askForKey, request, whenKeyIsWanted } from "../access.js";

// The service knows one key; what it was asked with stands in `asked`.
const asked = [];
let known = "fxk_1";
globalThis.fetch = async (path, { headers = {} } = {}) => {
  asked.push([path, headers.authorization ?? null]);
  return { status: headers.authorization === `Bearer ${known}` ? 200 : 401 };
};

let answers = [];
const refused = [];
whenKeyIsWanted(async (wasRefused) => {
  refused.push(wasRefused);
  return answers.shift() ?? null;
});
beforeEach(() => { asked.length = 0; refused.length = 0; });

test("requests wait for one key, and are made again with it", async () => {
  answers = ["fxk_1"];
  const all = await Promise.all(["/rates", "/feeds", "/stream"].map((path) => request(path)));
  assert.deepEqual(all.map(({ status }) => status), [200, 200, 200]);
  assert.deepEqual(refused, [false]);
  assert.ok(asked.every(([path]) => !path.includes("fxk_")));
  await request("/rates", { headers: { accept: "text/plain" } });
  assert.equal(refused.length, 1);
});

test("a key that is refused is asked for anew", async () => {
  known = "fxk_2";
  answers = ["fxk_wrong", "fxk_2"];
  assert.equal((await request("/rates")).status, 200);
  assert.deepEqual(refused, [true, true]);
});

test("who gives none is not asked again, but by the button", async () => {
  known = "fxk_3";
  answers = [];
  assert.equal((await request("/rates")).status, 401);
  assert.equal((await request("/rates")).status, 401);
  assert.equal(refused.length, 1);
  answers = ["fxk_3"];
  assert.equal(await askForKey(), true);
  assert.equal((await request("/rates")).status, 200);
});
