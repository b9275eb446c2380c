import { html, setText } from "./dom.js";
import { age, change, decimal, digitsOf, precision, time, words } from "./format.js";
import { flagsOf, SORTS } from "./rates.js";
import { sparkline, trendText } from "./sparkline.js";

// The order of the columns; `sorts` names one of SORTS, `side` marks those that narrow screens leave to the detail.
const COLUMNS = [
  { key: "pair", title: "Pair", sorts: true },
  { key: "mid", title: "Mid", sorts: true, number: true },
  { key: "bid", title: "Bid", sorts: true, number: true, side: true },
  { key: "ask", title: "Ask", sorts: true, number: true, side: true },
  { key: "change", title: "24 h", sorts: true, number: true },
  { key: "trend", title: "Trend", side: true },
  { key: "age", title: "Age", sorts: true, number: true },
  { key: "source", title: "Source", sorts: true, side: true },
  { key: "precision", title: "± bp", label: "± bp, precision in basis points", sorts: true, number: true, side: true },
  { key: "quality", title: "Quality", sorts: true },
];

/** What a flag means, for pointers and screen readers. */
export const FLAG_TEXT = {
  held: "a newer figure looks like a mistake and is held back until it is confirmed",
  suspect: "most likely a mistake, held back",
  unusual: "moved more than usual in one update; it counts",
  stale: "older than its feed should be",
  derived: "computed through another currency, not published",
};

/** One flag as a tag with its word; the outline differs too, so that colour is not needed. */
export function tag(flag) {
  return html("span", { class: `tag ${flag}`, title: FLAG_TEXT[flag] }, flag);
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

function flash(cell, direction) {
  if (calm.matches || !cell.animate) return;
  const colour = direction > 0 ? "var(--rise-wash)" : "var(--fall-wash)";
  cell.animate([{ backgroundColor: colour }, { backgroundColor: "transparent" }], { duration: 900, easing: "ease-out" });
}

function heading(column, onSort) {
  const className = [column.number && "number", column.side && "side", `column-${column.key}`].filter(Boolean).join(" ");
  const content = column.sorts
    ? html("button", { type: "button", onclick: () => onSort(column.key), "aria-label": column.label }, column.title)
    : column.title;
  return html("th", { scope: "col", class: className, "data-key": column.key }, content);
}

function buildRow(rate) {
  const link = html("a", { href: `#/${rate.pair}` }, `${rate.base}/${rate.quote}`);
  const cells = Object.fromEntries(COLUMNS.map((column) => {
    const name = column.key === "pair" ? "th" : "td";
    const className = [column.number && "number", column.side && "side", `column-${column.key}`].filter(Boolean).join(" ");
    return [column.key, html(name, { class: className, scope: name === "th" ? "row" : null })];
  }));
  cells.pair.append(link);
  const row = html("tr", { "data-pair": rate.pair }, ...Object.values(cells));
  row.addEventListener("click", (event) => {
    const selecting = String(getSelection()).length > 0;
    if (event.target !== link && !selecting) link.click();
  });
  return { row, cells, mid: null, flags: null };
}

function fillRow(entry, rate) {
  const { cells, row } = entry;
  const digits = digitsOf(rate);
  setText(cells.mid, decimal(rate.mid, digits));
  setText(cells.bid, decimal(rate.bid, digits));
  setText(cells.ask, decimal(rate.ask, digits));
  setText(cells.change, change(rate.change_24h_pct));
  cells.change.dataset.direction = Math.sign(rate.change_24h_pct ?? 0);
  setText(cells.source, rate.source);
  setText(cells.precision, precision(rate.precision_bp));
  cells.age.title = `source time ${time(rate.source_ts)} UTC`;
  row.classList.toggle("is-stale", rate.stale);
  row.classList.toggle("is-held", Boolean(rate.held));
  const flags = flagsOf(rate);
  if (entry.flags !== flags.join()) {
    entry.flags = flags.join();
    cells.quality.replaceChildren(...(flags.length ? flags.map(tag) : [html("span", { class: "quiet" }, words(rate.quality))]));
  }
  if (entry.mid !== null && entry.mid !== rate.mid) flash(cells.mid, rate.mid - entry.mid);
  entry.mid = rate.mid;
}

/** The table's rows, kept and refilled; it knows nothing of where rates come from. */
export class RateTable {
  #rows = new Map();
  #table;
  #body;
  #seen;
  #trends;

  constructor(table, trends, onSort) {
    this.#table = table;
    this.#body = table.tBodies[0];
    this.#trends = trends;
    table.tHead.rows[0].append(...COLUMNS.map((column) => heading(column, onSort)));
    // A trend is fetched for cells that can be seen: with thousands of pairs, or on a narrow screen, most never are.
    this.#seen = new IntersectionObserver((changes) => {
      for (const { isIntersecting, target } of changes) if (isIntersecting) trends.want(target.closest("tr").dataset.pair);
    }, { rootMargin: "200px" });
  }

  /** Shows these rates in this order. */
  show(rates, sort) {
    const rows = rates.map((rate) => this.#entry(rate).row);
    const current = this.#body.rows;
    if (rows.length !== current.length || rows.some((row, at) => row !== current[at])) this.#order(rows);
    this.#table.classList.toggle("no-spread", rates.every((rate) => rate.bid === null && rate.ask === null));
    for (const cell of this.#table.tHead.rows[0].cells) {
      if (!(cell.dataset.key in SORTS)) continue;
      cell.setAttribute("aria-sort", sort?.key === cell.dataset.key ? sort.direction : "none");
    }
  }

  /** Ages pass without news. */
  tick(ageOf) {
    for (const row of this.#body.rows) setText(this.#rows.get(row.dataset.pair).cells.age, age(ageOf(row.dataset.pair)));
  }

  /** Draws a pair's trend. */
  trend(pair) {
    const values = this.#trends.get(pair);
    const cell = this.#rows.get(pair)?.cells.trend;
    if (cell && values) cell.replaceChildren(sparkline(values), html("span", { class: "unseen" }, trendText(values)));
  }

  /** Asks for the trends of the rows in view again, after they were forgotten. */
  refreshTrends() {
    for (const row of this.#body.rows) {
      const { trend } = this.#rows.get(row.dataset.pair).cells;
      this.#seen.unobserve(trend);
      this.#seen.observe(trend);
    }
  }

  #entry(rate) {
    if (!this.#rows.has(rate.pair)) this.#rows.set(rate.pair, buildRow(rate));
    const entry = this.#rows.get(rate.pair);
    fillRow(entry, rate);
    return entry;
  }

  // Moving rows takes the focus away; it is given back.
  #order(rows) {
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    const before = new Set(this.#body.rows);
    this.#body.replaceChildren(...rows);
    for (const row of rows) if (!before.has(row)) this.#seen.observe(this.#rows.get(row.dataset.pair).cells.trend);
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }
}

