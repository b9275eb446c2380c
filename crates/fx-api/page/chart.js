import { joined, unitFor } from "./candles.js";
import { crosshair, readout, stampText } from "./chart-cursor.js";
import { axes, frameOf } from "./chart-frame.js";
import { levelLines, spanGrounds } from "./chart-marks.js";
import { bodyWidth, candlesOf, flagsOf, lineOf, volatilityOf } from "./chart-series.js";
import { html, setText, svg } from "./dom.js";
import { decimal } from "./format.js";

const LEAST_WIDTH = 80;
// A candle narrower than this, with the room about it, cannot be read.
const CANDLE_ROOM = 3;
const NOTHING = { digits: 5, interval: "1d", kind: "line", hasVolatility: false, spans: [], levels: [], marks: [] };

/** Rates over time, as a line or as candles. The cursor follows the pointer and the arrow keys. */
export class RateChart {
  #name = "";
  #points = [];
  // The points as they are drawn: candles are joined until they can be told apart.
  #drawn = [];
  #unit = "1d";
  #options = NOTHING;
  // The time that the cursor is on; null where it is nowhere.
  #cursor = null;
  #frame = null;
  #isPlanned = false;
  #plot = html("div", { class: "plot", tabindex: "0", role: "slider", "aria-valuemin": "0" });
  #line = html("p", { class: "readout" });
  #range = html("p", { class: "quiet" });

  constructor(container) {
    container.replaceChildren(this.#plot, this.#line, this.#range);
    this.#plot.addEventListener("pointermove", (event) => this.#point(event));
    this.#plot.addEventListener("pointerdown", (event) => this.#point(event));
    this.#plot.addEventListener("pointerleave", () => this.#move(null));
    this.#plot.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#plan()).observe(this.#plot);
  }

  /**
   * Shows candles of `interval` (oldest first) of the pair called `name`, with `spans` of time, `levels` and flagged
   * `marks`, and the volatility of the points below where it `hasVolatility`.
   */
  set(name, points, options) {
    this.#name = name;
    this.#cursor = null;
    this.update(points, { ...NOTHING, ...options });
  }

  /** Shows other points, or shows them otherwise. The cursor stays. */
  update(points, options) {
    this.#points = points;
    this.#options = { ...this.#options, ...options };
    this.#plan();
  }

  /** Puts the cursor on the point that stands for a time: the last that is not after it. */
  seek(at) {
    this.#draw();
    if (this.#drawn.length > 0) this.#move(Math.max(0, this.#drawn.findLastIndex((point) => point.at <= at)));
  }

  // Many rates may come at once: they are drawn once, with the next frame.
  #plan() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    requestAnimationFrame(() => {
      this.#isPlanned = false;
      this.#draw();
    });
  }

  #draw() {
    const width = Math.floor(this.#plot.clientWidth);
    if (this.#points.length === 0 || width < LEAST_WIDTH) return;
    const { kind, interval, spans, levels, marks, hasVolatility } = this.#options;
    const isCandles = kind === "candles";
    this.#unit = isCandles ? unitFor(this.#points, interval, Math.floor(width / CANDLE_ROOM)) : interval;
    this.#drawn = isCandles ? joined(this.#points, this.#unit) : this.#points;
    const body = bodyWidth(this.#drawn.length, width);
    const frame = frameOf({ points: this.#drawn, marks, levels, width, hasVolatility, inset: isCandles ? body / 2 + 1 : 0 });
    this.#frame = frame;
    const series = isCandles ? candlesOf(this.#drawn, body, frame) : lineOf(this.#drawn, frame);
    const parts = [
      ...axes(frame), ...spanGrounds(spans, frame), ...levelLines(levels, frame), ...series,
      ...volatilityOf(this.#drawn, frame), ...flagsOf(marks, frame), svg("g", { class: "marks" }),
    ];
    this.#plot.replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${frame.height}`, width, height: frame.height, "aria-hidden": "true" }, ...parts));
    this.#describe();
    this.#move(this.#cursor === null ? null : this.#drawn.findLastIndex(({ at }) => at <= this.#cursor));
  }

  #describe() {
    const { digits } = this.#options;
    const [low, high] = [Math.min(...this.#drawn.map((point) => point.low)), Math.max(...this.#drawn.map((point) => point.high))];
    const [first, last] = [this.#drawn[0], this.#drawn.at(-1)].map(({ source_ts: stamp }) => stampText(stamp, this.#unit));
    const many = `${this.#drawn.length} ${this.#drawn.length === 1 ? "candle" : "candles"} of ${this.#unit}`;
    setText(this.#range, `${many}, ${first} to ${last}. Low ${decimal(low, digits)}, high ${decimal(high, digits)}.`);
    this.#plot.setAttribute("aria-label", `${this.#name} chart: arrow keys step through the candles`);
    this.#plot.setAttribute("aria-valuemax", this.#drawn.length - 1);
  }

  #point(event) {
    if (!this.#frame) return;
    const at = event.clientX - this.#plot.getBoundingClientRect().left;
    const distance = (point) => Math.abs(this.#frame.x(point.at) - at);
    let best = 0;
    this.#drawn.forEach((point, index) => { if (distance(point) < distance(this.#drawn[best])) best = index; });
    this.#move(best);
  }

  #key(event) {
    const last = this.#drawn.length - 1;
    const from = this.#cursor === null ? last : this.#drawn.findLastIndex(({ at }) => at <= this.#cursor);
    const far = Math.max(1, Math.round(last / 10));
    const steps = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, PageDown: from - far, PageUp: from + far, Home: 0, End: last };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.#move(Math.min(Math.max(steps[event.key], 0), last));
  }

  #move(index) {
    const marks = this.#plot.querySelector(".marks");
    if (!marks) return;
    const at = index === null ? this.#drawn.length - 1 : Math.max(0, index);
    const point = this.#drawn[at];
    const look = { ...this.#options, unit: this.#unit };
    this.#cursor = index === null ? null : point.at;
    const text = readout(point, look);
    setText(this.#line, index === null ? `Newest: ${text}` : text);
    // A slider's value is said politely when it changes under the keys, and not when rates come by themselves.
    this.#plot.setAttribute("aria-valuenow", at);
    this.#plot.setAttribute("aria-valuetext", text);
    marks.replaceChildren(...(index === null ? [] : crosshair(point, look, this.#frame)));
  }
}
