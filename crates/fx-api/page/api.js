/** A problem document (RFC 9457), or a failure that comes without one. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `the service answered ${status}`);
    this.status = status;
    this.errors = Array.isArray(document.errors) ? document.errors : [];
  }
}

async function problemOf(response) {
  const kind = response.headers.get("content-type") ?? "";
  const document = kind.includes("json") ? await response.json().catch(() => ({})) : {};
  return new Problem(response.status, document ?? {});
}

async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new Problem(0, { detail: "the service does not answer" });
  }
}

/** The JSON answer of a GET; throws a Problem. */
export async function get(path) {
  const response = await ask(path, { headers: { accept: "application/json" } });
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

/** As `get`, but an answer with one of `statuses` counts as one: /health says what is down with a 503. */
export async function getAny(path, statuses) {
  const response = await ask(path, { headers: { accept: "application/json" } });
  if (!response.ok && !statuses.includes(response.status)) throw await problemOf(response);
  return response.json();
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

/** Posts JSON; the same `key` twice is one creation. */
export async function post(path, body, key) {
  const headers = { "content-type": "application/json", accept: "application/json", "idempotency-key": key };
  const response = await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

/** Deletes; what is gone already counts as deleted. */
export async function remove(path) {
  const response = await ask(path, { method: "DELETE" });
  if (!response.ok && response.status !== 404) throw await problemOf(response);
}
