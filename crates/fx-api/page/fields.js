import { html } from "./dom.js";

/** The names of a form's fields: each stands in an element with `data-field`. */
export function fieldNames(form) {
  return [...form.querySelectorAll("[data-field]")].map((place) => place.dataset.field);
}

function markOne(place, text) {
  const input = place.querySelector("input, select") ?? place;
  const id = `${input.id || input.name || place.dataset.field}-error`;
  document.getElementById(id)?.remove();
  input.toggleAttribute("aria-invalid", false);
  input.removeAttribute("aria-describedby");
  if (!text) return null;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
  place.append(html("span", { id, class: "field-error" }, text));
  return input;
}

/** Shows what is wrong at its field, `general` above the form, and goes to the first mistake, but while somebody types. */
export function markFields(form, errors, general = null, { focus = true } = {}) {
  const place = form.querySelector("[data-general]");
  place.hidden = !general;
  place.textContent = general ?? "";
  const marked = [...form.querySelectorAll("[data-field]")].map((field) => markOne(field, errors[field.dataset.field])).filter(Boolean);
  if (marked.length === 0 || !focus) return;
  for (const input of marked) {
    const folded = input.closest("details");
    if (folded) folded.open = true;
  }
  marked[0].focus();
}

/** Shows a problem document: each mistake at the field that `fieldOf(pointer, names)` gives, the others above the form. */
export function markProblem(form, problem, fieldOf) {
  const names = fieldNames(form);
  const errors = {};
  const others = [];
  for (const { pointer, detail } of problem.errors ?? []) {
    const name = fieldOf(pointer, names);
    if (name) errors[name] = errors[name] ? `${errors[name]}; ${detail}` : detail;
    else others.push(pointer ? `${pointer}: ${detail}` : detail);
  }
  const told = Object.keys(errors).length > 0;
  markFields(form, errors, others.length > 0 ? others.join("; ") : told ? null : problem.message);
}

/** Closes a dialog by its button, and by a press beside it. */
export function bindDialog(dialog) {
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
