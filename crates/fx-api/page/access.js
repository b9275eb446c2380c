// Every request of the page goes through here. Where the service wants an API key the page asks for one, and keeps it in
// memory only: it is gone with the page, and stands in no address and no storage.

let key = null;
let onWanted = async () => null;
// All requests that are refused meanwhile wait for the one answer.
let asking = null;
// Somebody wanted to give none: nobody is asked again by itself.
let isDeclined = false;

/** `ask(wasRefused)` gives a key, or null where somebody wants to give none. */
export function whenKeyIsWanted(ask) {
  onWanted = ask;
}

/** Asks for a key now, in place of the one there may be. */
export function askForKey(wasRefused = false) {
  isDeclined = false;
  asking ??= onWanted(wasRefused).then((given) => {
    asking = null;
    isDeclined = given === null;
    if (given !== null) key = given;
    return given !== null;
  });
  return asking;
}

function withKey(options, used) {
  return used === null ? options : { ...options, headers: { ...options.headers, authorization: `Bearer ${used}` } };
}

/** As `fetch`, with the key; where the service wants one, or another, it waits until somebody has given it. */
export async function request(path, options = {}) {
  for (;;) {
    const used = key;
    const response = await fetch(path, withKey(options, used));
    if (response.status !== 401) return response;
    // Another request may have been given one while this one was under way.
    if (key !== used) continue;
    if (isDeclined || !(await askForKey(used !== null))) return response;
  }
}
