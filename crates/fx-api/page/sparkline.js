import { get } from "./api.js";
import { svg } from "./dom.js";
import { change } from "./format.js";

const POINTS = 60;
const WIDTH = 96;
const HEIGHT = 22;
const AT_ONCE = 4;

/** A small line of `values`, oldest first. Decoration: the text beside it says the same. */
export function sparkline(values) {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const x = (at) => ((at * (WIDTH - 6)) / Math.max(values.length - 1, 1) + 2).toFixed(1);
  const y = (value) => (HEIGHT - 3 - (span > 0 ? (value - low) / span : 0.5) * (HEIGHT - 6)).toFixed(1);
  const line = values.map((value, at) => `${x(at)},${y(value)}`).join(" ");
  const last = values.length - 1;
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" },
    svg("polyline", { points: line }),
    svg("circle", { cx: x(last), cy: y(values[last]), r: 2 }));
}

/** What the line shows, in words. */
export function trendText(values) {
  const percent = (values.at(-1) / values[0] - 1) * 100;
  return `${change(percent)} over ${values.length} updates`;
}

/**
 * The last points of each pair, asked for as rows come into view, a few at a time,
 * and carried on by live rates. `onReady(pair)` says that a pair's points are there.
 */
export class Trends {
  #series = new Map();
  #queue = [];
  #running = 0;
  #onReady;

  constructor(onReady) {
    this.#onReady = onReady;
  }

  /** Values oldest first; undefined while unknown. */
  get(pair) {
    return this.#series.get(pair)?.values;
  }

  want(pair, askedFor = null) {
    if (this.#series.has(pair)) return;
    this.#series.set(pair, { askedFor, source: null, last: null, values: undefined });
    this.#queue.push(pair);
    this.#next();
  }

  /** Adds a live rate; another feed starts the series anew, asked for once. */
  append(rate) {
    const series = this.#series.get(rate.pair);
    if (!series?.values) return;
    if (series.source !== rate.source) {
      if (series.askedFor === rate.source) return;
      this.#series.delete(rate.pair);
      this.want(rate.pair, rate.source);
      return;
    }
    if (series.last === rate.source_ts) series.values.pop();
    series.values.push(rate.mid);
    if (series.values.length > POINTS) series.values.shift();
    series.last = rate.source_ts;
    this.#onReady(rate.pair);
  }

  /** Forgets everything: after a break there may be gaps. */
  clear() {
    this.#series.clear();
    this.#queue.length = 0;
  }

  #next() {
    while (this.#running < AT_ONCE && this.#queue.length > 0) {
      this.#running += 1;
      this.#load(this.#queue.shift()).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #load(pair) {
    const series = this.#series.get(pair);
    try {
      const history = await get(`/rates/${pair}/history?limit=${POINTS}&order=desc`);
      const points = history.points.filter((point) => point.quality !== "suspect").reverse();
      if (!series || points.length === 0) return;
      series.source = history.source;
      series.last = points.at(-1).source_ts;
      series.values = points.map((point) => point.mid);
      this.#onReady(pair);
    } catch {
      // A missing trend is no error of the page: it is asked for again after the next reload.
      this.#series.delete(pair);
    }
  }
}
