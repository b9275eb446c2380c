import { timeTicks, valueTicks } from "./axis.js";
import { levelLines, spanGrounds, valueSpan } from "./chart-marks.js";
import { html, setText, svg } from "./dom.js";
import { decimal, time } from "./format.js";

const HEIGHT = 260;
const EDGE = { top: 10, right: 12, bottom: 24 };

function readout(point, digits) {
  const spread = typeof point.bid === "number" && typeof point.ask === "number"
    ? `, bid ${decimal(point.bid, digits)}, ask ${decimal(point.ask, digits)}` : "";
  const range = point.high > point.low ? `, ${decimal(point.low, digits)} to ${decimal(point.high, digits)}` : "";
  const quality = point.quality && point.quality !== "ok" ? `, ${point.quality}` : "";
  return `${time(point.source_ts)} UTC: mid ${decimal(point.mid, digits)}${spread}${range}${quality}`;
}

/** A line of rates over time. The cursor follows the pointer and the arrow keys. */
export class RateChart {
  #points = [];
  #digits = 5;
  #unit = "updates";
  #spans = [];
  #levels = [];
  #cursor = null;
  #scale = null;
  #plot = html("div", { class: "plot", tabindex: "0", role: "slider", "aria-valuemin": "0" });
  #line = html("p", { class: "readout" });
  #range = html("p", { class: "quiet" });

  constructor(container) {
    container.replaceChildren(this.#plot, this.#line, this.#range);
    this.#plot.addEventListener("pointermove", (event) => this.#point(event));
    this.#plot.addEventListener("pointerdown", (event) => this.#point(event));
    this.#plot.addEventListener("pointerleave", () => this.#move(null));
    this.#plot.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(this.#plot);
  }

  /** Shows points (oldest first) of a pair, `spans` of time and `levels` marked. */
  set(name, points, { digits, unit = "updates", spans = [], levels = [] }) {
    this.#points = points.map((point) => ({ ...point, at: Date.parse(point.source_ts) }));
    this.#digits = digits;
    this.#unit = unit;
    this.#spans = spans;
    this.#levels = levels;
    this.#cursor = null;
    this.#plot.setAttribute("aria-label", `${name} chart: arrow keys step through the ${unit}`);
    this.#draw();
  }

  /** Adds a newer point, or corrects the last. */
  append(point) {
    const last = this.#points.at(-1);
    const next = { ...point, at: Date.parse(point.source_ts) };
    if (!last || next.at < last.at) return;
    if (next.at === last.at) this.#points.pop();
    this.#points.push(next);
    this.#draw();
  }

  /** Puts the cursor on the point that stands for a time: the last that is not after it. */
  seek(at) {
    this.#move(Math.max(0, this.#points.findLastIndex((point) => point.at <= at)));
  }

  #draw() {
    const width = Math.floor(this.#plot.clientWidth);
    if (this.#points.length === 0 || width < 80) return;
    const [low, high] = valueSpan(this.#points, this.#levels);
    const { ticks, digits } = valueTicks(low, high, 5);
    const labels = ticks.map((tick) => decimal(tick, digits));
    const left = Math.max(...labels.map((text) => text.length), 4) * 7 + 10;
    const [from, to] = [this.#points[0].at, this.#points.at(-1).at];
    const x = (at) => left + ((at - from) / (to - from || 1)) * (width - left - EDGE.right);
    const y = (value) => EDGE.top + (1 - (Math.min(Math.max(value, low), high) - low) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
    this.#scale = { x, y, width, left };
    const frame = { x, y, low, high, left, right: width - EDGE.right, top: EDGE.top, bottom: HEIGHT - EDGE.bottom };
    const marks = svg("g", { class: "marks" });
    const picture = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-hidden": "true" },
      ...ticks.map((tick, at) => svg("g", { class: "grid" },
        svg("line", { x1: left, x2: width - EDGE.right, y1: y(tick), y2: y(tick) }),
        svg("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, labels[at]))),
      ...timeTicks(from, to, (width - left) / 90).map((tick) => svg("g", { class: "grid" },
        svg("line", { x1: x(tick.at), x2: x(tick.at), y1: HEIGHT - EDGE.bottom, y2: HEIGHT - EDGE.bottom + 4 }),
        svg("text", { x: x(tick.at), y: HEIGHT - 6, "text-anchor": "middle" }, tick.label))),
      ...spanGrounds(this.#spans, frame), ...levelLines(this.#levels, frame),
      this.#band(), this.#path(), ...this.#flagged(), marks);
    this.#plot.replaceChildren(picture);
    this.#plot.setAttribute("aria-valuemax", this.#points.length - 1);
    this.#summarise();
    this.#move(this.#cursor);
  }

  #path() {
    const { x, y } = this.#scale;
    const good = this.#points.filter((point) => point.quality !== "suspect");
    return svg("polyline", { class: "line", points: good.map((point) => `${x(point.at).toFixed(1)},${y(point.mid).toFixed(1)}`).join(" ") });
  }

  // Between bid and ask, or between the lowest and the highest of a candle.
  #band() {
    const { x, y } = this.#scale;
    const sided = this.#points.map((point) => ({ ...point, top: point.high ?? point.ask, bottom: point.low ?? point.bid }))
      .filter((point) => typeof point.bottom === "number" && typeof point.top === "number" && point.quality !== "suspect");
    if (sided.length < 2) return null;
    const corner = (side) => (point) => `${x(point.at).toFixed(1)},${y(point[side]).toFixed(1)}`;
    return svg("polygon", { class: "band", points: [...sided.map(corner("top")), ...sided.toReversed().map(corner("bottom"))].join(" ") });
  }

  #flagged() {
    const { x, y } = this.#scale;
    return this.#points.filter((point) => point.quality === "suspect" || point.quality === "unusual").map((point) => {
      const [cx, cy] = [x(point.at), y(point.mid)];
      return svg("path", { class: `flagged ${point.quality}`, d: `M${cx} ${cy - 5}l5 5l-5 5l-5 -5z` });
    });
  }

  #summarise() {
    const good = this.#points.filter((point) => point.quality !== "suspect");
    const mids = good.map((point) => point.mid);
    if (mids.length === 0) return;
    setText(this.#range, `${this.#points.length} ${this.#unit}, ${time(this.#points[0].source_ts)} to ${time(this.#points.at(-1).source_ts)} UTC. Low ${decimal(Math.min(...mids), this.#digits)}, high ${decimal(Math.max(...mids), this.#digits)}.`);
  }

  #point(event) {
    if (!this.#scale) return;
    const at = event.clientX - this.#plot.getBoundingClientRect().left;
    const distance = (point) => Math.abs(this.#scale.x(point.at) - at);
    let best = 0;
    this.#points.forEach((point, index) => { if (distance(point) < distance(this.#points[best])) best = index; });
    this.#move(best);
  }

  #key(event) {
    const last = this.#points.length - 1;
    const from = this.#cursor ?? last;
    const far = Math.max(1, Math.round(last / 10));
    const steps = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, PageDown: from - far, PageUp: from + far, Home: 0, End: last };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.#move(Math.min(Math.max(steps[event.key], 0), last));
  }

  #move(index) {
    const marks = this.#plot.querySelector(".marks");
    if (!marks) return;
    this.#cursor = index === null ? null : Math.min(index, this.#points.length - 1);
    const point = this.#points[this.#cursor ?? this.#points.length - 1];
    const text = readout(point, this.#digits);
    setText(this.#line, this.#cursor === null ? `Newest: ${text}` : text);
    this.#plot.setAttribute("aria-valuenow", this.#cursor ?? this.#points.length - 1);
    this.#plot.setAttribute("aria-valuetext", text);
    marks.replaceChildren();
    if (this.#cursor !== null) marks.append(...this.#tooltip(point));
  }

  #tooltip(point) {
    const { x, y, width, left } = this.#scale;
    const [px, py] = [x(point.at), y(point.mid)];
    const lines = [decimal(point.mid, this.#digits), time(point.source_ts)];
    const boxWidth = Math.max(...lines.map((text) => text.length)) * 6.6 + 16;
    const boxX = px + 10 + boxWidth > width ? Math.max(px - 10 - boxWidth, left) : px + 10;
    const boxY = py > HEIGHT / 2 ? py - 50 : py + 12;
    return [
      svg("line", { x1: px, x2: px, y1: EDGE.top, y2: HEIGHT - EDGE.bottom }),
      svg("circle", { cx: px, cy: py, r: 3.5 }),
      svg("rect", { x: boxX, y: boxY, width: boxWidth, height: 38, rx: 3 }),
      svg("text", { class: "value", x: boxX + 8, y: boxY + 16 }, lines[0]),
      svg("text", { x: boxX + 8, y: boxY + 31 }, lines[1]),
    ];
  }
}
