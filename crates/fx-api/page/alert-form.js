import { post } from "./api.js";
import { html } from "./dom.js";

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** The form's field that a JSON pointer of a problem document speaks of; null where none does. */
export function fieldOf(pointer, names) {
  const parts = String(pointer).replace(/^#/, "").split("/").filter((part) => part && !/^\d+$/.test(part));
  const renamed = { kind: "condition", pairs: "pair" };
  const last = parts.at(-1);
  const name = renamed[last] ?? last;
  return names.includes(name) ? name : null;
}

/** The body of `POST /alerts` from the form's texts, and what is wrong with them by field. */
export function bodyOf(texts) {
  const errors = {};
  const number = (name) => {
    const text = texts[name];
    const value = Number(text);
    if (NUMBER.test(text) && Number.isFinite(value)) return value;
    errors[name] = `“${text}” is no number; write it like 1.1`;
    return null;
  };
  if (!texts.pair) errors.pair = "name a pair such as EUR/USD, or * for every pair";
  if (!texts.threshold) errors.threshold = "a threshold is needed, such as 1.1";
  const body = texts.pair === "*" ? { pairs: ["*"] } : { pair: texts.pair };
  body.condition = { kind: texts.condition };
  if (texts.threshold) body.condition.threshold = number("threshold");
  if (texts.clear_threshold) body.clear_threshold = number("clear_threshold");
  if (texts.for) body.for = texts.for;
  if (texts.name) body.name = texts.name;
  return { body, errors };
}

// Not randomUUID: that one is refused on plain http other than localhost.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The form that creates alerts; `onCreated(alert)` gets each new one. */
export class AlertForm {
  #form = document.querySelector("#alert-form");
  #error = document.querySelector("#alert-form-error");
  #names = [...document.querySelector("#alert-form").elements].map(({ name }) => name).filter(Boolean);
  #sent = { text: null, key: null };
  #onCreated;

  constructor(onCreated) {
    this.#onCreated = onCreated;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Offers these pairs while typing. */
  offer(rates) {
    const list = document.querySelector("#pair-list");
    if (list.childElementCount !== rates.length) {
      list.replaceChildren(...rates.map(({ base, quote }) => html("option", { value: `${base}/${quote}` })));
    }
  }

  async #submit() {
    const texts = Object.fromEntries(this.#names.map((name) => [name, this.#form.elements[name].value.trim()]));
    const { body, errors } = bodyOf(texts);
    this.#mark(errors, null);
    if (Object.keys(errors).length > 0) return;
    const button = this.#form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      this.#onCreated(await post("/alerts", body, this.#keyFor(body)));
      this.#sent = { text: null, key: null };
      this.#form.reset();
      this.#form.elements.name.focus();
    } catch (problem) {
      this.#refused(problem);
    } finally {
      button.disabled = false;
    }
  }

  // The same form sent again after a lost answer must not create a second alert.
  #keyFor(body) {
    const text = JSON.stringify(body);
    if (this.#sent.text !== text) this.#sent = { text, key: newKey() };
    return this.#sent.key;
  }

  #refused(problem) {
    const byField = {};
    const others = [];
    for (const { pointer, detail } of problem.errors ?? []) {
      const name = fieldOf(pointer, this.#names);
      if (name) byField[name] = byField[name] ? `${byField[name]}; ${detail}` : detail;
      else others.push(pointer ? `${pointer}: ${detail}` : detail);
    }
    const general = others.length > 0 ? others.join("; ") : problem.message;
    this.#mark(byField, Object.keys(byField).length > 0 && others.length === 0 ? null : general);
  }

  #mark(errors, general) {
    this.#error.hidden = !general;
    this.#error.textContent = general ?? "";
    for (const name of this.#names) {
      const field = this.#form.elements[name];
      const id = `${field.id}-error`;
      document.getElementById(id)?.remove();
      field.toggleAttribute("aria-invalid", false);
      field.removeAttribute("aria-describedby");
      if (!errors[name]) continue;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", id);
      field.after(html("span", { id, class: "field-error" }, errors[name]));
    }
    const first = this.#names.find((name) => errors[name]);
    if (first) this.#form.elements[first].focus();
  }
}
