const NAMES = ["rate", "alert", "feed", "lagged", "reset", "snapshot"];
const RETRY_FIRST_MS = 2_000;
const RETRY_MOST_MS = 60_000;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Follows the event stream. `onEvent(name, data)` gets every event, `onState` one of
 * `live`, `reconnecting`, `disconnected`.
 *
 * The browser reconnects by itself after a dropped line and sends its last position.
 * It gives up after an error answer (a 503, say): from there we ask again, more and more slowly.
 */
export function follow(address, { onEvent, onState }) {
  let wait = RETRY_FIRST_MS;

  function open() {
    const source = new EventSource(address);
    source.onopen = () => {
      wait = RETRY_FIRST_MS;
      onState("live");
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) {
        onState("reconnecting");
        return;
      }
      onState("disconnected");
      setTimeout(open, wait);
      wait = Math.min(wait * 2, RETRY_MOST_MS);
    };
    for (const name of NAMES) {
      source.addEventListener(name, (event) => onEvent(name, parsed(event.data)));
    }
  }
  open();
}

/** The rates of an event: one batch, or a single rate. */
export function ratesOf(data) {
  if (Array.isArray(data?.rates)) return data.rates;
  return data?.pair ? [data] : [];
}
