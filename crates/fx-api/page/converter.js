import { get, getText } from "./api.js";
import { html, setText, show } from "./dom.js";
import { digitsIn, money, rateText } from "./exact.js";
import { markFields } from "./fields.js";
import { pairName, time } from "./format.js";

// After somebody has typed, and after rates have come.
const TYPED_MS = 250;
const HEARD_MS = 1_000;

function pathText(path) {
  return path.length > 1 ? `through ${path.map(pairName).join(" and ")}` : path.map(pairName).join("");
}

/** The field that a refusal speaks of: it names the parameter and its value. */
export function fieldOfRefusal(detail) {
  return ["amount", "from", "to", "at"].find((name) => new RegExp(`^\`?${name}\\b`).test(detail)) ?? null;
}

/** Converts amounts by the service's exact figures, and again as rates come. */
export class Converter {
  #form = document.querySelector("#convert-form");
  #result = document.querySelector("#convert-result");
  #notes = document.querySelector("#convert-notes");
  #minor = new Map();
  #pairs = [];
  #asked = null;
  #timer = null;

  constructor() {
    this.#form.addEventListener("input", () => this.#soon(TYPED_MS));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask();
    });
    document.querySelector("#convert-swap").addEventListener("click", () => {
      const { from, to } = this.#form.elements;
      [from.value, to.value] = [to.value, from.value];
      this.#ask();
    });
  }

  /** Asks for the currencies' minor units. */
  async load() {
    try {
      const { currencies } = await get("/currencies");
      this.#minor = new Map(currencies.map(({ code, minor_unit: unit }) => [code, unit]));
      this.#ask();
    } catch {
      // Amounts are then shown with the digits that they come with.
    }
  }

  /** Offers the currencies of these rates, and converts anew. */
  offer(rates) {
    const codes = [...new Set(rates.flatMap(({ base, quote }) => [base, quote]))].sort();
    const { from, to } = this.#form.elements;
    if (from.options.length !== codes.length) {
      for (const [field, first] of [[from, "EUR"], [to, "USD"]]) {
        const chosen = codes.includes(field.value) ? field.value : first;
        field.replaceChildren(...codes.map((code) => html("option", { value: code, selected: code === chosen }, code)));
      }
    }
    this.#ask();
  }

  /** Rates have come. */
  heard(rates) {
    if (rates.some(({ pair }) => this.#pairs.includes(pair))) this.#soon(HEARD_MS);
  }

  #soon(wait) {
    this.#timer ??= setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const { amount, from, to, at } = this.#form.elements;
    if (!from.value || !to.value) return;
    const wanted = { from: from.value, to: to.value, amount: amount.value.trim(), ...(at.value ? { at: `${at.value}:00Z`.slice(0, 20) } : {}) };
    if (!wanted.amount) {
      this.#refused({ amount: "an amount is needed, such as 100.50" });
      return;
    }
    const asked = (this.#asked = wanted);
    try {
      const text = await getText(`/convert?${new URLSearchParams(wanted)}`);
      if (asked === this.#asked) this.#show(wanted, text);
    } catch (problem) {
      if (asked !== this.#asked) return;
      const field = fieldOfRefusal(problem.message);
      this.#refused(field ? { [field]: problem.message } : {}, field ? null : problem.message);
    }
  }

  #show({ from, to, amount }, text) {
    const { path, source, source_ts: stamp, stale, quality } = JSON.parse(text);
    this.#pairs = path;
    markFields(this.#form, {});
    setText(this.#result, `${money(amount, this.#minor.get(from))} ${from} = ${money(digitsIn(text, "result"), this.#minor.get(to))} ${to}`);
    const flags = [stale ? "stale" : null, quality && quality !== "ok" ? quality : null].filter(Boolean);
    const rate = `1 ${from} = ${rateText(digitsIn(text, "rate"))} ${to}`;
    show(this.#notes,
      html("p", {}, [rate, pathText(path)].filter(Boolean).join(", ")),
      stamp ? html("p", {}, `${source} of ${time(stamp)} UTC`, ...flags.flatMap((flag) => [" ", html("span", { class: `tag ${flag}` }, flag)])) : null);
  }

  #refused(errors, general = null) {
    this.#pairs = [];
    setText(this.#result, "");
    show(this.#notes);
    markFields(this.#form, errors, general, { focus: false });
  }
}
