// A headless Chromium that is spoken to in its DevTools protocol over a pipe: nothing from npm, no port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe",
];

const KEYS = { Tab: 9, Enter: 13, Escape: 27, PageUp: 33, PageDown: 34, End: 35, Home: 36, ArrowLeft: 37, ArrowRight: 39 };

export class Browser {
  #child;
  #profile = mkdtempSync(join(tmpdir(), "fx-page-"));
  #waiting = new Map();
  #listeners = [];
  #rest = "";
  #last = 0;
  #lost = null;

  constructor(program) {
    this.#child = spawn(program, [...FLAGS, `--user-data-dir=${this.#profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      // A process group of its own. It ends by itself when the pipe is closed.
      detached: true,
    });
    this.#child.stdio[4].setEncoding("utf8").on("data", (text) => this.#read(text));
    // Written to after it has gone, the pipe breaks; the exit below says so already.
    this.#child.stdio[3].on("error", () => {});
    this.#child.on("error", (error) => this.#gone(`${program} cannot be started: ${error.message}`));
    this.#child.on("exit", (code, signal) => this.#gone(`${program} ended early (${signal ?? code})`));
  }

  /** An empty tab, `width` by `height` CSS pixels. */
  async page(width, height) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId);
    await Promise.all(["Page", "Runtime", "Log", "Network"].map((domain) => page.send(`${domain}.enable`)));
    await page.resize(width, height);
    return page;
  }

  /** The result of one command of the protocol. */
  send(method, params = {}, sessionId = undefined) {
    this.#last += 1;
    const id = this.#last;
    this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      if (this.#lost) reject(new Error(this.#lost));
      else this.#waiting.set(id, { method, resolve, reject });
    });
  }

  /** Hands every event of a session to `listener(method, params)`. */
  listen(sessionId, listener) {
    this.#listeners.push({ sessionId, listener });
  }

  /** Ends the browser with all its processes and removes its profile. */
  async close() {
    this.#child.removeAllListeners("exit");
    if (this.#child.pid && this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      // The whole group: what is left of it would go on writing into the profile.
      process.kill(-this.#child.pid, "SIGKILL");
      await ended;
    }
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  #read(text) {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop();
    for (const message of messages) this.#take(JSON.parse(message));
  }

  #take({ id, method, params, result, error, sessionId }) {
    if (id === undefined) {
      for (const entry of this.#listeners) if (entry.sessionId === sessionId) entry.listener(method, params);
      return;
    }
    const asked = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) asked.reject(new Error(`${asked.method}: ${error.message}`));
    else asked.resolve(result);
  }

  #gone(text) {
    this.#lost = text;
    for (const { reject } of this.#waiting.values()) reject(new Error(text));
    this.#waiting.clear();
  }
}

/** One tab. `errors` gathers what went wrong in it, `requests` the addresses it asked for. */
class Page {
  errors = [];
  requests = [];
  #browser;
  #session;

  constructor(browser, session) {
    this.#browser = browser;
    this.#session = session;
    browser.listen(session, (method, params) => this.#hear(method, params));
  }

  send(method, params) {
    return this.#browser.send(method, params, this.#session);
  }

  resize(width, height) {
    return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** Shows colours of that theme, and nothing that moves. */
  theme(name) {
    const features = [{ name: "prefers-color-scheme", value: name }, { name: "prefers-reduced-motion", value: "reduce" }];
    return this.send("Emulation.setEmulatedMedia", { features });
  }

  /** Presses a key as somebody would: it goes to what has the focus. */
  async key(name) {
    const text = name === "Enter" ? "\r" : undefined;
    for (const type of ["keyDown", "keyUp"]) await this.send("Input.dispatchKeyEvent", { type, key: name, code: name, windowsVirtualKeyCode: KEYS[name], text });
  }

  open(url) {
    return this.send("Page.navigate", { url });
  }

  /** The value of an expression in the page, once it is settled. */
  async value(expression) {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails: failure } = await this.send("Runtime.evaluate", params);
    if (failure) throw new Error(failure.exception?.description ?? failure.text);
    return result.value;
  }

  /** Waits until an expression is true in the page: looked at again on each frame. */
  until(expression) {
    return this.value(`new Promise((resolve) => {
      const look = () => (${expression}) ? resolve(true) : requestAnimationFrame(look);
      look();
    })`);
  }

  /** A PNG of what is seen, or of the whole page. */
  async shot(isWhole = false) {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: isWhole });
    return Buffer.from(data, "base64");
  }

  #hear(method, params) {
    if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
    if (method === "Runtime.exceptionThrown") this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Log.entryAdded" && params.entry.level === "error") this.errors.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    if (method === "Runtime.consoleAPICalled" && params.type === "error") {
      this.errors.push(params.args.map(({ value, description }) => value ?? description).join(" "));
    }
  }
}
