import { bodyOf, changesOf, fieldOf, textsOf } from "./alert-body.js";
import { getTagged, patch, post } from "./api.js";
import { CONDITIONS } from "./conditions.js";
import { html, setText, show } from "./dom.js";
import { bindDialog, markFields, markProblem } from "./fields.js";
import { Trial } from "./trial.js";

// Not randomUUID: that one is refused on plain http other than localhost.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function input({ name, type, hint, options }, value) {
  const id = `alert-${name}`;
  if (type === "choice") {
    return html("select", { id, name }, ...options.map(([key, label]) => html("option", { value: key, selected: key === value }, label)));
  }
  return html("input", { id, name, placeholder: hint, value, inputmode: type === "number" ? "decimal" : null, autocomplete: "off", spellcheck: "false" });
}

/** The form that creates and changes alerts; `onSaved(alert, isNew)` gets each. It tries them on the rates of `book`. */
export class AlertForm {
  #dialog = document.querySelector("#alert-editor");
  #form = document.querySelector("#alert-form");
  #trial;
  #sent = { text: null, key: null };
  // The alert that is being changed, as it was read; null while a new one is written.
  #edited = null;
  #channels = [];
  #onSaved;

  constructor(book, onSaved) {
    this.#trial = new Trial(book);
    this.#onSaved = onSaved;
    const kind = this.#form.elements.condition;
    kind.append(...Object.entries(CONDITIONS).map(([name, { label }]) => html("option", { value: name }, label)));
    kind.addEventListener("change", () => this.#showKind(this.#texts()));
    this.#showKind({});
    this.#form.addEventListener("input", () => this.#trial.outdate());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#do("#alert-save", (body) => this.#save(body));
    });
    document.querySelector("#alert-try").addEventListener("click", () => this.#do("#alert-try", (body) => this.#trial.run(body)));
    document.querySelector("#alert-new").addEventListener("click", () => this.open());
    bindDialog(this.#dialog);
  }

  /** Offers these pairs while typing. */
  offer(rates) {
    const list = document.querySelector("#pair-list");
    if (list.childElementCount !== rates.length) {
      list.replaceChildren(...rates.map(({ base, quote }) => html("option", { value: `${base}/${quote}` })));
    }
  }

  /** Offers these channels. */
  offerChannels(channels) {
    this.#channels = channels.map(({ name }) => name);
    this.#showChannels(this.#texts().channels);
  }

  /** Opens for a new alert; what was written and not saved is still there. */
  open() {
    if (this.#edited) this.#empty();
    this.#dialog.showModal();
  }

  /** Opens to change an alert, as it stands now. */
  async edit(id) {
    const { body, etag } = await getTagged(`/alerts/${id}`);
    this.#empty();
    this.#edited = { id, etag, body };
    setText(document.querySelector("#alert-editor-title"), "Change alert");
    setText(document.querySelector("#alert-save"), "Save changes");
    this.#fill(textsOf(body));
    this.#dialog.showModal();
  }

  #fill(texts) {
    this.#form.elements.condition.value = texts.condition;
    this.#showKind(texts);
    this.#showChannels(texts.channels);
    for (const [name, value] of Object.entries(texts)) {
      const field = this.#form.elements[name];
      if (typeof value === "boolean") field.checked = value;
      else if (typeof value === "string" && field) field.value = value;
    }
  }

  #texts() {
    const texts = {};
    for (const field of this.#form.elements) {
      if (field.name && field.name !== "channel") texts[field.name] = field.type === "checkbox" ? field.checked : field.value.trim();
    }
    const chosen = [...this.#form.querySelectorAll("[name=channel]:checked")];
    return { ...texts, channels: chosen.map(({ value }) => value) };
  }

  #showKind(texts) {
    const kind = CONDITIONS[this.#form.elements.condition.value];
    const fields = kind.fields.map((field) => html("p", { class: "field", "data-field": field.name },
      html("label", { for: `alert-${field.name}` }, field.label), input(field, texts[field.name])));
    document.querySelector("#condition-fields").replaceChildren(...fields);
    const hide = (name, hidden) => { this.#form.querySelector(`[data-field=${name}]`).hidden = hidden; };
    hide("clear_threshold", !kind.clears);
    hide("min_updates", kind.counts === false);
    hide("source", Boolean(kind.sources));
    hide("rebase_on_fire", !kind.rebases);
  }

  // A channel that a rule names and that is gone stays to be seen, and to be taken out.
  #showChannels(chosen) {
    const names = [...new Set([...this.#channels, ...chosen])];
    const boxes = names.map((name) => html("label", {}, html("input", { type: "checkbox", name: "channel", value: name, checked: chosen.includes(name) }), ` ${name}`));
    show(document.querySelector("#alert-channels"), ...(boxes.length > 0 ? boxes : [html("span", { class: "quiet" }, "No channel yet: its transitions are shown here only.")]));
  }

  async #do(selector, deed) {
    const { body, errors } = bodyOf(this.#texts());
    markFields(this.#form, errors);
    if (Object.keys(errors).length > 0) return;
    const button = document.querySelector(selector);
    button.disabled = true;
    try {
      await deed(body);
    } catch (problem) {
      markProblem(this.#form, problem, fieldOf);
    } finally {
      button.disabled = false;
    }
  }

  async #save(body) {
    const edited = this.#edited;
    const alert = edited ? await patch(`/alerts/${edited.id}`, changesOf(edited.body, body), edited.etag) : await post("/alerts", body, this.#keyFor(body));
    this.#sent = { text: null, key: null };
    this.#empty();
    this.#dialog.close();
    this.#onSaved(alert, !edited);
  }

  // The same form sent again after a lost answer must not create a second alert.
  #keyFor(body) {
    const text = JSON.stringify(body);
    if (this.#sent.text !== text) this.#sent = { text, key: newKey() };
    return this.#sent.key;
  }

  #empty() {
    this.#edited = null;
    setText(document.querySelector("#alert-editor-title"), "New alert");
    setText(document.querySelector("#alert-save"), "Create alert");
    this.#form.reset();
    this.#showKind({});
    this.#showChannels([]);
    markFields(this.#form, {});
    this.#trial.clear();
  }
}
