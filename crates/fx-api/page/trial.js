import { get, post } from "./api.js";
import { pointsOf } from "./candles.js";
import { RateChart } from "./chart.js";
import { levelsOf } from "./conditions.js";
import { html, setText, show } from "./dom.js";
import { digitsOf, pairName } from "./format.js";
import { episodeText, FIRST_LENGTH, intervalFor, LENGTHS, outcomeText, spanOf } from "./trial-span.js";

// More are counted, and not listed one by one.
const LISTED = 200;

/** Tries a rule on history: the episodes that it would have had, as a list and on the pair's chart. */
export class Trial {
  #place = document.querySelector("#trial");
  #said = document.querySelector("#trial-said");
  #length = document.querySelector("#trial-span");
  #chart = new RateChart(document.querySelector("#trial-chart"));
  #book;
  // What was tried last: the answers to anything else come too late.
  #tried = null;
  #shown = null;

  constructor(book) {
    this.#book = book;
    this.#length.append(...LENGTHS.map(([days, label]) => html("option", { value: days, selected: days === FIRST_LENGTH }, label)));
    document.querySelector("#trial-episodes").addEventListener("click", (event) => {
      const at = event.target.closest("[data-episode]")?.dataset.episode;
      if (at !== undefined) this.#look(this.#tried.episodes[at]);
    });
  }

  /** Tries it, and shows what came of it; throws a Problem. */
  async run(body) {
    const span = spanOf(this.#book.list(), body.pairs, Number(this.#length.value), Date.now());
    const asked = (this.#tried = { body, span, episodes: [] });
    this.#shown = null;
    this.#place.hidden = false;
    this.#place.removeAttribute("data-outdated");
    setText(this.#said, "Trying it on history");
    try {
      const outcome = await post("/alerts/backtest", { ...body, ...span });
      if (asked !== this.#tried) return;
      asked.episodes = outcome.episodes;
      setText(this.#said, outcomeText(outcome));
      this.#list(outcome.episodes);
      await this.#draw(outcome.episodes[0]?.pair ?? this.#firstPair(body.pairs));
      this.#place.scrollIntoView({ block: "nearest" });
    } catch (problem) {
      if (asked === this.#tried) this.clear();
      throw problem;
    }
  }

  /** The form says something else by now. */
  outdate() {
    if (this.#tried && !this.#place.dataset.outdated) {
      this.#place.dataset.outdated = "true";
      setText(this.#said, `${this.#said.textContent} This was before your last change.`);
    }
  }

  clear() {
    this.#tried = null;
    this.#place.hidden = true;
  }

  #firstPair(pairs) {
    if (pairs[0] === "*") return this.#book.list()[0]?.pair;
    return pairs[0].replaceAll(/[^A-Za-z]/g, "").toUpperCase();
  }

  #list(episodes) {
    const lines = episodes.slice(0, LISTED).map((episode, at) => html("li", {},
      html("button", { type: "button", class: "plain", "data-episode": at }, episodeText(episode))));
    const rest = episodes.length - lines.length;
    show(document.querySelector("#trial-episodes"),
      lines.length > 0 ? html("ol", { class: "episodes" }, ...lines) : null,
      rest > 0 ? html("p", { class: "quiet" }, `and ${rest} more`) : null);
  }

  async #draw(pair) {
    const asked = this.#tried;
    const frame = document.querySelector("#trial-chart");
    frame.hidden = true;
    if (!pair) return;
    const { span, body, episodes } = asked;
    const interval = intervalFor(Date.parse(span.from), Date.parse(span.to));
    const query = new URLSearchParams({ interval, ...span, ...(body.source ? { source: body.source } : {}) });
    const { candles } = await get(`/rates/${pair}/candles?${query}`);
    if (asked !== this.#tried || candles.length === 0) return;
    frame.hidden = false;
    this.#shown = pair;
    const digits = digitsOf({ pair, quote: pair.slice(3), mid: candles[0].close });
    const spans = episodes.filter((episode) => episode.pair === pair).map(({ fired_at: from, cleared_at: to }) => ({ from, to }));
    this.#chart.set(pairName(pair), pointsOf(candles), { digits, interval, spans, levels: levelsOf(body.condition) });
  }

  async #look({ pair, fired_at: fired }) {
    try {
      if (this.#shown !== pair) await this.#draw(pair);
      this.#chart.seek(Date.parse(fired));
      document.querySelector("#trial-chart").scrollIntoView({ block: "nearest" });
    } catch (problem) {
      setText(this.#said, `The chart cannot be shown: ${problem.message}.`);
    }
  }
}
