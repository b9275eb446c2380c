import { get } from "./api.js";
import { RateChart } from "./chart.js";
import { facts, html, setText, show } from "./dom.js";
import { age, change, decimal, digitsOf, pairName, precision, time, volatility } from "./format.js";
import { flagsOf } from "./rates.js";
import { FLAG_TEXT, tag } from "./rate-table.js";

const LENGTHS = [60, 250, 500];

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
    `${decimal(mid, digitsOf(rate))} at ${time(stamp)} UTC, ${reason}. It counts nowhere until further updates confirm it; the figures here are the last accepted ones.`);
}

/** The dialog with one pair's chart and figures; which one is in the address (`#/EURUSD`). */
export class Detail {
  #dialog = document.querySelector("#detail");
  #chart;
  #parts = {};
  #book;
  #pair = null;
  #length = LENGTHS[1];
  #source = null;
  #askedFor = null;

  constructor(book) {
    this.#book = book;
    this.#build();
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
    this.#load();
  }

  /** A live rate came. */
  update(rate) {
    if (rate.pair !== this.#pair) return;
    this.refresh();
    if (rate.source === this.#source) this.#chart.append(rate);
    else if (rate.source !== this.#askedFor) {
      // Another feed took over: its history is another line. Asked for once, whatever the answer names.
      this.#askedFor = rate.source;
      this.#load();
    }
  }

  /** Updates were missed: the chart is asked for again. */
  reload() {
    if (this.#pair) this.#load();
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

  #build() {
    const choice = html("select", { id: "detail-length" }, ...LENGTHS.map((count) => html("option", { value: count, selected: count === this.#length }, `last ${count}`)));
    choice.addEventListener("change", () => { this.#length = Number(choice.value); this.#load(); });
    const part = (name, className = null) => (this.#parts[name] = html("div", { class: className }));
    const frame = part("chart", "chart");
    part("state");
    part("columns", "columns").append(
      html("section", {}, html("h3", {}, "Rate"), part("figures")),
      html("section", {}, html("h3", {}, "Volatility"), part("volatility"), part("flags", "notes")));
    document.querySelector("#detail-body").append(
      part("held"),
      html("p", { class: "bar" }, html("label", { for: "detail-length", class: "quiet" }, "Updates shown"), choice),
      this.#parts.state, frame, this.#parts.columns);
    this.#chart = new RateChart(frame);
  }

  #say(text) {
    this.#parts.chart.hidden = Boolean(text);
    show(this.#parts.state, text ? html("p", { class: "blank" }, text) : null);
  }

  async #load() {
    const pair = this.#pair;
    this.#say("Loading the chart");
    try {
      const history = await get(`/rates/${pair}/history?limit=${this.#length}&order=desc`);
      if (pair !== this.#pair) return;
      this.#source = history.source;
      if (history.points.length === 0) {
        this.#say("No history yet.");
        return;
      }
      const rate = this.#book.get(pair) ?? { quote: pair.slice(3), mid: history.points[0].mid };
      this.#say(null);
      this.#chart.set(pairName(pair), history.points.toReversed(), { digits: digitsOf(rate) });
    } catch (problem) {
      if (pair === this.#pair) this.#say(`The chart cannot be shown: ${problem.message}.`);
    }
  }

  // Closed by Escape or the button: the address follows, and Back does not open it again.
  #left() {
    if (!this.#pair) return;
    this.#pair = null;
    history.replaceState(null, "", location.pathname + location.search);
  }
}
