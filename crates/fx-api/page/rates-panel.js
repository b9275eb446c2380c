import { get } from "./api.js";
import { html, setText, show } from "./dom.js";
import { RateTable } from "./rate-table.js";
import { nextSort, RateBook, selectRates } from "./rates.js";
import { Trends } from "./sparkline.js";

// Beyond this many rows the table waits for a wish or a search: 166 currencies make 13,695 pairs.
const ROWS_AT_FIRST = 300;

/** The rates section: search, filter, sort, table, and what stands there instead of one. */
export class RatesPanel {
  book = new RateBook();
  #sort = null;
  #limit = ROWS_AT_FIRST;
  #loaded = false;
  #planned = false;
  #search = document.querySelector("#search");
  #filter = document.querySelector("#show");
  #more = document.querySelector("#rates-more");
  #trends = new Trends((pair) => this.#table.trend(pair));
  #table;
  #onLoad;

  constructor(onLoad) {
    this.#onLoad = onLoad;
    this.#table = new RateTable(document.querySelector("#rates-table"), this.#trends, (key) => {
      this.#sort = nextSort(this.#sort, key);
      this.#draw();
    });
    this.#search.addEventListener("input", () => this.#draw());
    this.#filter.addEventListener("change", () => this.#draw());
    this.#more.addEventListener("click", () => {
      this.#limit = Infinity;
      this.#draw();
    });
  }

  async load() {
    try {
      const { rates } = await get("/rates");
      this.book.replace(rates, performance.now());
      this.#loaded = true;
      this.#draw();
      this.#onLoad(rates);
    } catch (problem) {
      if (!this.#loaded) this.#failed(problem);
    }
  }

  /** Takes live rates and gives back those that were news. Drawing waits for the next frame. */
  merge(rates) {
    const taken = this.book.merge(rates, performance.now());
    for (const rate of taken) this.#trends.append(rate);
    if (taken.length > 0) {
      this.#loaded = true;
      this.#plan();
    }
    return taken;
  }

  forgetTrends() {
    this.#trends.clear();
    this.#table.refreshTrends();
  }

  tick() {
    const now = performance.now();
    this.#table.tick((pair) => this.book.age(this.book.get(pair), now));
  }

  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      this.#draw();
    });
  }

  #draw() {
    if (!this.#loaded) return;
    const all = this.book.list();
    const chosen = selectRates(all, { search: this.#search.value, show: this.#filter.value, sort: this.#sort });
    const shown = chosen.slice(0, this.#limit);
    this.#table.show(shown, this.#sort);
    this.tick();
    const many = `${all.length} ${all.length === 1 ? "pair" : "pairs"}`;
    setText(document.querySelector("#rates-count"), chosen.length === all.length ? many : `${chosen.length} of ${many}`);
    this.#more.hidden = shown.length === chosen.length;
    setText(this.#more, `Show all ${chosen.length} pairs`);
    this.#state(chosen.length > 0 ? [] : [this.#blankText(all.length), all.length > 0 ? this.#clearButton() : null]);
  }

  #blankText(known) {
    if (known === 0) return "No rates yet. They appear here with the first answer of a feed.";
    const search = this.#search.value.trim();
    return search ? `No pair matches “${search}”. ` : "No rate is of this kind. ";
  }

  #clearButton() {
    return html("button", { type: "button", onclick: () => {
      this.#search.value = "";
      this.#filter.value = "all";
      this.#draw();
      this.#search.focus();
    } }, "Show all");
  }

  #failed(problem) {
    const text = html("span", { class: "problem", role: "alert" }, `The rates cannot be shown: ${problem.message}.`);
    this.#state([text, " ", html("button", { type: "button", onclick: () => this.load() }, "Try again")]);
  }

  #state(parts) {
    const place = document.querySelector("#rates-state");
    place.hidden = parts.length === 0;
    show(place, ...(parts.length > 0 ? [html("p", {}, ...parts)] : []));
    document.querySelector("#rates-frame").hidden = parts.length > 0;
  }
}
