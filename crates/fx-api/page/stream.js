import { request } from "./access.js";
import { problemOf } from "./api.js";
import { EventParser } from "./event-stream.js";

const RETRY_FIRST_MS = 2_000;
const RETRY_MOST_MS = 60_000;
// The service says something every 15 s: a line on which nothing comes for longer than this is dead.
const SILENCE_MS = 45_000;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Ends a request on which nothing is heard any more. */
class Silence {
  #controller = new AbortController();
  #timer = null;

  constructor() {
    this.heard();
  }

  get signal() {
    return this.#controller.signal;
  }

  heard() {
    this.end();
    this.#timer = setTimeout(() => this.#controller.abort(), SILENCE_MS);
  }

  end() {
    clearTimeout(this.#timer);
  }
}

/**
 * Follows the event stream, and comes back after a break to where it was; not an EventSource, which can send no key.
 * `onEvent(name, data)` gets every event, `onState(name, refusal)` one of `live`, `reconnecting` (it broke off) and
 * `disconnected` (it was refused, by what is then said, or nobody answers: it is asked for more and more slowly).
 * `onHeard` is told of every sign of life.
 */
export class Stream {
  #address;
  #onEvent;
  #onState;
  #onHeard;
  #place = "";
  #first = RETRY_FIRST_MS;
  #wait = RETRY_FIRST_MS;
  #wake = () => {};

  constructor(address, { onEvent, onState, onHeard }) {
    this.#address = address;
    this.#onEvent = onEvent;
    this.#onState = onState;
    this.#onHeard = onHeard;
  }

  /** Follows it as long as the page is there. */
  async run() {
    for (;;) {
      const { isLive, refusal } = await this.#read();
      this.#onState(isLive ? "reconnecting" : "disconnected", refusal);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, this.#wait);
        this.#wake = () => { clearTimeout(timer); resolve(); };
      });
      this.#wait = Math.min(this.#wait * 2, RETRY_MOST_MS);
    }
  }

  /** Asks again now, where it is waiting. */
  retry() {
    this.#wait = this.#first;
    this.#wake();
  }

  // Until it ends; whether it was live, or what was said instead.
  async #read() {
    const silence = new Silence();
    let isLive = false;
    let refusal = null;
    try {
      const headers = { accept: "text/event-stream", ...(this.#place ? { "last-event-id": this.#place } : {}) };
      const response = await request(this.#address, { headers, cache: "no-store", signal: silence.signal });
      if (response.ok) {
        isLive = true;
        this.#wait = this.#first;
        this.#onState("live");
        await this.#follow(response.body, silence);
      } else {
        refusal = (await problemOf(response)).message;
      }
    } catch {
      // It broke off, or nobody answers: the state says so.
    } finally {
      silence.end();
    }
    return { isLive, refusal };
  }

  async #follow(body, silence) {
    const parser = new EventParser({
      onEvent: (name, data) => this.#onEvent(name, parsed(data)),
      onRetry: (ms) => { this.#first = ms; },
    });
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      silence.heard();
      this.#onHeard();
      parser.push(part.value);
      this.#place = parser.lastId || this.#place;
    }
  }
}

/** The rates of an event: one batch, or a single rate. */
export function ratesOf(data) {
  if (Array.isArray(data?.rates)) return data.rates;
  return data?.pair ? [data] : [];
}
