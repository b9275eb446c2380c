import { withRate } from "./candles.js";
import { RateChart } from "./chart.js";
import { html, show } from "./dom.js";
import { episodeText, within } from "./episodes.js";
import { digitsOf, pairName } from "./format.js";
import { candlesOfPair, episodesOfPair, markOf } from "./pair-history.js";
import { firstRange, RANGES, spanOfRange } from "./ranges.js";
import { lastVolatility } from "./volatility.js";

const KINDS = { line: "Line", candles: "Candles" };
const LISTED = 8;
// Transitions of many alerts come at once: they are asked for once.
const SOON_MS = 300;

function choice(label, entries, onPick) {
  const button = ([key, text, title]) => html("button", { type: "button", value: key, title, "aria-pressed": "false", onclick: () => onPick(key) }, text);
  return html("div", { class: "choice", role: "group", "aria-label": label }, ...entries.map(button));
}

function press(group, key) {
  for (const button of group.children) button.setAttribute("aria-pressed", String(button.value === key));
}

/** The chart of one pair with its buttons; it follows live rates. */
export class PairChart {
  #pair = null;
  #range = null;
  #kind = "line";
  #loaded = null;
  #episodes = [];
  #timer = null;
  #rateOf;
  #kindOf;
  #ranges = choice("Range", Object.entries(RANGES).map(([key, { said }]) => [key, key === "all" ? "All" : key, said]), (key) => this.#pick(key));
  #kinds = choice("Drawn as", Object.entries(KINDS), (key) => this.#draw(key));
  #state = html("div");
  #frame = html("div", { class: "chart" });
  #list = html("div");
  #chart;

  /** In `place`; `rateOf(pair)` is the newest rate, `kindOf(source)` tells a stream from a table. */
  constructor(place, { rateOf, kindOf }) {
    this.#rateOf = rateOf;
    this.#kindOf = kindOf;
    place.append(html("div", { class: "bar" }, this.#ranges, this.#kinds), this.#state, this.#frame, this.#list);
    this.#chart = new RateChart(this.#frame);
  }

  /** Shows another pair; the range that somebody has picked stays. */
  open(pair) {
    this.#pair = pair;
    this.load();
  }

  close() {
    this.#pair = null;
    this.#loaded = null;
  }

  /** Asks for everything again. */
  async load() {
    const pair = this.#pair;
    const rate = this.#rateOf(pair);
    const range = this.#range ?? firstRange(this.#kindOf(rate?.source));
    const { interval } = RANGES[range];
    const asked = { pair, range, interval };
    const isShown = this.#loaded?.pair === pair && this.#loaded.points?.length > 0;
    this.#loaded = asked;
    press(this.#ranges, range);
    press(this.#kinds, this.#kind);
    // What is shown stays until there is something in its place.
    if (isShown) this.#frame.setAttribute("aria-busy", "true");
    else this.#say("Loading the chart");
    try {
      const span = spanOfRange(range, rate ? Date.parse(rate.source_ts) : Date.now());
      const [history, episodes] = await Promise.all([candlesOfPair(pair, interval, span, rate?.source), episodesOfPair(pair)]);
      if (asked !== this.#loaded) return;
      this.#episodes = episodes;
      Object.assign(asked, history);
      // What has come while it was asked for.
      const newest = this.#rateOf(pair);
      if (newest?.source === asked.source) this.#take(newest);
      this.#show(true);
    } catch (problem) {
      if (asked === this.#loaded) this.#say(`The chart cannot be shown: ${problem.message}.`);
    }
  }

  /** A live rate. Of another feed its history is another line, asked for anew. */
  update(rate) {
    if (rate.pair !== this.#pair || !this.#loaded?.points) return;
    if (rate.source !== this.#loaded.source) this.load();
    else if (this.#take(rate)) this.#show();
  }

  /** A transition of an alert. */
  transition({ pair }) {
    if (pair !== this.#pair) return;
    this.#timer ??= setTimeout(async () => {
      this.#timer = null;
      const asked = this.#loaded;
      // What fails here is asked for again with the next load.
      const episodes = await episodesOfPair(pair).catch(() => null);
      if (!episodes || asked !== this.#loaded || !asked?.points) return;
      this.#episodes = episodes;
      this.#show();
    }, SOON_MS);
  }

  #pick(range) {
    this.#range = range;
    this.load();
  }

  #draw(kind) {
    this.#kind = kind;
    press(this.#kinds, kind);
    if (this.#loaded?.points) this.#show();
  }

  // Into its candle; false where it is older.
  #take(rate) {
    const points = withRate(this.#loaded.points, rate, this.#loaded.interval);
    if (!points) return false;
    points[points.length - 1] = { ...points.at(-1), volatility: lastVolatility(points) };
    this.#loaded.points = points;
    // It may be known already, and it may be a correction.
    const others = this.#loaded.marks.filter(({ source_ts: stamp }) => Date.parse(stamp) !== Date.parse(rate.source_ts));
    this.#loaded.marks = rate.quality === "ok" ? others : [...others, markOf(rate, this.#loaded.interval)];
    return true;
  }

  // What lies in the range by now: it moves on with the rates.
  #visible() {
    const { points, marks, range } = this.#loaded;
    if (points.length === 0) return { points, marks, spans: [] };
    const { from, lead } = spanOfRange(range, points.at(-1).at);
    this.#loaded.points = points.filter(({ at }) => at >= lead);
    const shown = points.filter(({ at }) => at >= from);
    return { points: shown, marks: marks.filter(({ at }) => at >= from), spans: within(this.#episodes, shown[0].at, Infinity) };
  }

  #show(isNew = false) {
    const { points, marks, spans } = this.#visible();
    this.#say(points.length > 0 ? null : "No history yet.");
    if (points.length === 0) return;
    const rate = this.#rateOf(this.#pair) ?? { pair: this.#pair, quote: this.#pair.slice(3), mid: points.at(-1).mid };
    const options = { digits: digitsOf(rate), interval: this.#loaded.interval, kind: this.#kind, hasVolatility: true, spans, marks };
    if (isNew) this.#chart.set(pairName(this.#pair), points, options);
    else this.#chart.update(points, options);
    this.#listEpisodes(spans);
  }

  #listEpisodes(spans) {
    const newest = spans.toReversed();
    const rest = newest.length - LISTED;
    show(this.#list,
      html("h3", {}, "Alert episodes"),
      newest.length > 0 ? html("ul", {}, ...newest.slice(0, LISTED).map((episode) => html("li", {}, episodeText(episode)))) : html("p", { class: "quiet" }, "none in this range"),
      rest > 0 ? html("p", { class: "quiet" }, `and ${rest} more`) : null);
  }

  #say(text) {
    this.#frame.removeAttribute("aria-busy");
    this.#frame.hidden = Boolean(text);
    this.#list.hidden = Boolean(text);
    show(this.#state, text ? html("p", { class: "blank", role: "status" }, text) : null);
  }
}
