import { facts, html, setText, show } from "./dom.js";
import { age, change, decimal, digitsOf, pairName, precision, time, volatility, words } from "./format.js";
import { PairChart } from "./pair-chart.js";
import { flagsOf } from "./rates.js";
import { FLAG_TEXT, tag } from "./rate-table.js";

function scaleText(scale) {
  return scale === 1 ? "1 decimal" : `${scale} decimals`;
}

function publishedText({ published }) {
  if (!published) return "none: this rate is derived";
  const value = Number.isInteger(published.scale) ? decimal(published.mid, Math.min(published.scale, 15)) : String(published.mid);
  return `${pairName(published.pair)} ${value} (${scaleText(published.scale)})`;
}

function figures(rate, seconds) {
  const digits = digitsOf(rate);
  const spread = typeof rate.bid === "number" && typeof rate.ask === "number";
  return facts([
    ["Mid", decimal(rate.mid, digits)],
    ["Bid / ask", spread ? `${decimal(rate.bid, digits)} / ${decimal(rate.ask, digits)}` : "the source gives a mid only"],
    ["Change 24 h", change(rate.change_24h_pct)],
    ["Source", rate.source],
    ["Path", rate.derived ? rate.path.map(pairName).join(" and ") : null],
    ["Published", publishedText(rate)],
    ["Precision", `${precision(rate.precision_bp)} bp`],
    ["Source time", `${time(rate.source_ts)} UTC`],
    ["Age", age(seconds)],
    ["Fetched", rate.fetched_at ? `${time(rate.fetched_at)} UTC` : null],
  ]);
}

function volatilities(rate) {
  const missing = "not enough updates yet";
  const figure = rate.volatility ?? {};
  const level = typeof figure.price_stddev_20 === "number" ? decimal(figure.price_stddev_20, digitsOf(rate) + 1) : missing;
  return facts([
    ["Realized, yearly", volatility(figure.realized_vol) ?? missing],
    ["EWMA, yearly", volatility(figure.ewma_vol) ?? missing],
    ["Std. deviation of 20 levels", level],
  ]);
}

function heldNote(rate) {
  if (!rate.held) return null;
  const { mid, source_ts: stamp, reason } = rate.held;
  return html("p", { class: "held-note" },
    html("strong", {}, "Held: "),
    `${decimal(mid, digitsOf(rate))} at ${time(stamp)} UTC, ${words(reason)}. It counts nowhere until further updates confirm it; the figures here are the last accepted ones.`);
}

/** The dialog with one pair's chart and figures; which one is in the address (`#/EURUSD`). */
export class Detail {
  #dialog = document.querySelector("#detail");
  #chart;
  #parts = {};
  #book;
  #pair = null;

  /** Of the rates in `book`; `kindOf(source)` tells a stream from a table. */
  constructor(book, kindOf) {
    this.#book = book;
    this.#build(kindOf);
    document.querySelector("#detail-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", (event) => { if (event.target === this.#dialog) this.#dialog.close(); });
    this.#dialog.addEventListener("close", () => this.#left());
    addEventListener("hashchange", () => this.route());
  }

  /** Opens or closes after the address. */
  route() {
    const pair = /^#\/([A-Z]{6})$/.exec(location.hash)?.[1] ?? null;
    if (pair === this.#pair) return;
    this.#pair = pair;
    if (!pair) {
      if (this.#dialog.open) this.#dialog.close();
      return;
    }
    setText(document.querySelector("#detail-title"), pairName(pair));
    this.refresh();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#chart.open(pair);
  }

  /** A live rate came. */
  update(rate) {
    if (rate.pair !== this.#pair) return;
    this.refresh();
    this.#chart.update(rate);
  }

  /** A transition of an alert came. */
  transition(transition) {
    this.#chart.transition(transition);
  }

  /** Updates were missed: the chart is asked for again. */
  reload() {
    if (this.#pair) this.#chart.load();
  }

  /** Fills in the figures that the page knows. */
  refresh() {
    const rate = this.#pair && this.#book.get(this.#pair);
    this.#parts.columns.hidden = !rate;
    if (!rate) {
      // Not among the rates shown (another spelling, an unknown pair): no figures of the last pair may stay.
      for (const part of [document.querySelector("#detail-tags"), this.#parts.held]) show(part);
      return;
    }
    const flags = flagsOf(rate);
    show(document.querySelector("#detail-tags"), ...flags.map(tag));
    show(this.#parts.held, heldNote(rate));
    show(this.#parts.figures, figures(rate, this.#book.age(rate, performance.now())));
    show(this.#parts.volatility, volatilities(rate));
    show(this.#parts.flags, ...flags.map((flag) => html("p", { class: "quiet" }, `${flag}: ${FLAG_TEXT[flag]}.`)));
  }

  #build(kindOf) {
    const part = (name, className = null) => (this.#parts[name] = html("div", { class: className }));
    const frame = html("div");
    part("columns", "columns").append(
      html("section", {}, html("h3", {}, "Rate"), part("figures")),
      html("section", {}, html("h3", {}, "Volatility"), part("volatility"), part("flags", "notes")));
    document.querySelector("#detail-body").append(part("held"), frame, this.#parts.columns);
    this.#chart = new PairChart(frame, { rateOf: (pair) => this.#book.get(pair), kindOf });
  }

  // Closed by Escape or the button: the address follows, and Back does not open it again.
  #left() {
    this.#chart.close();
    if (!this.#pair) return;
    this.#pair = null;
    history.replaceState(null, "", location.pathname + location.search);
  }
}
