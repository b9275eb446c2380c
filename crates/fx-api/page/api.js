import { request } from "./access.js";

/** A problem document (RFC 9457), or a failure that comes without one. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `the service answered ${status}`);
    this.status = status;
    this.errors = Array.isArray(document.errors) ? document.errors : [];
  }
}

// The service says which header has the key: on the page there is a button for it.
const NO_KEY = { detail: "an API key is needed; the button “API key” at the top takes one" };

/** What an answer that is a refusal says. */
export async function problemOf(response) {
  const kind = response.headers.get("content-type") ?? "";
  const document = kind.includes("json") ? await response.json().catch(() => ({})) : {};
  return new Problem(response.status, response.status === 401 ? NO_KEY : document ?? {});
}

async function ask(path, options) {
  try {
    return await request(path, options);
  } catch {
    throw new Problem(0, { detail: "the service does not answer" });
  }
}

/** The JSON answer of a GET; throws a Problem. */
export async function get(path) {
  return getAny(path, []);
}

/** As `get`, but an answer with one of `statuses` counts as one: /health says what is down with a 503. */
export async function getAny(path, statuses) {
  const response = await ask(path, { headers: { accept: "application/json" } });
  if (!response.ok && !statuses.includes(response.status)) throw await problemOf(response);
  return response.json();
}

/** The answer of a GET as its text, where digits count that a number would lose. */
export async function getText(path) {
  const response = await ask(path, { headers: { accept: "application/json" } });
  if (!response.ok) throw await problemOf(response);
  return response.text();
}

/** Follows `next_cursor` and gathers the items under `field`, up to `pages` pages. */
export async function getPages(path, field, pages) {
  const items = [];
  let cursor = null;
  for (let page = 0; page < pages; page += 1) {
    const joint = path.includes("?") ? "&" : "?";
    const answer = await get(cursor ? `${path}${joint}cursor=${encodeURIComponent(cursor)}` : path);
    items.push(...answer[field]);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return items;
}

/** Sends JSON and gives back what is answered, null for nothing. */
async function send(method, path, body, headers) {
  const options = { method, headers: { "content-type": "application/json", accept: "application/json", ...headers }, body: JSON.stringify(body) };
  const response = await ask(path, options);
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** Posts JSON; the same `key` twice is one creation. */
export function post(path, body = {}, key = null) {
  return send("POST", path, body, key ? { "idempotency-key": key } : {});
}

/** Changes what has this `etag`; refused with 412 where it was changed since. */
export function patch(path, body, etag) {
  return send("PATCH", path, body, { "if-match": etag });
}

/** As `get`, with the version that changes are made against. */
export async function getTagged(path) {
  const response = await ask(path, { headers: { accept: "application/json" }, cache: "no-store" });
  if (!response.ok) throw await problemOf(response);
  return { body: await response.json(), etag: response.headers.get("etag") };
}

/** Deletes; what is gone already counts as deleted. */
export async function remove(path) {
  const response = await ask(path, { method: "DELETE" });
  if (!response.ok && response.status !== 404) throw await problemOf(response);
}
