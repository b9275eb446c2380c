// The format of server-sent events, as the HTML standard reads it. No DOM in here.

const LINE_END = /\r\n|\r|\n/;

/**
 * Reads events out of text that comes in pieces: `onEvent(name, data, id)` for each, `onRetry(ms)` where the service says
 * how long to wait before coming back. An event that breaks off is none.
 */
export class EventParser {
  #rest = "";
  #isFirst = true;
  #name = "";
  #data = [];
  #id = "";
  #onEvent;
  #onRetry;

  constructor({ onEvent, onRetry = () => {} }) {
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
  }

  /** The id of the last whole event: where to go on. */
  lastId = "";

  push(text) {
    let rest = this.#rest + text;
    if (this.#isFirst && rest.length > 0) {
      this.#isFirst = false;
      rest = rest.replace(/^\uFEFF/, "");
    }
    for (let end = LINE_END.exec(rest); end; end = LINE_END.exec(rest)) {
      // A carriage return at the very end may be half of a line end.
      if (end[0] === "\r" && end.index === rest.length - 1) break;
      this.#line(rest.slice(0, end.index));
      rest = rest.slice(end.index + end[0].length);
    }
    this.#rest = rest;
  }

  #line(line) {
    if (line === "") this.#dispatch();
    // A comment keeps the line open and says nothing.
    if (line === "" || line.startsWith(":")) return;
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    this.#fields[field]?.(value ?? "");
  }

  #fields = {
    __proto__: null,
    event: (value) => { this.#name = value; },
    data: (value) => { this.#data.push(value); },
    id: (value) => { if (!value.includes("\0")) this.#id = value; },
    retry: (value) => { if (/^\d+$/.test(value)) this.#onRetry(Number(value)); },
  };

  #dispatch() {
    const [name, data] = [this.#name, this.#data];
    this.#name = "";
    this.#data = [];
    this.lastId = this.#id;
    if (data.length > 0) this.#onEvent(name || "message", data.join("\n"), this.#id);
  }
}
