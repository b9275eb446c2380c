import { get, post, remove } from "./api.js";
import { Deliveries } from "./deliveries.js";
import { html, setText, show } from "./dom.js";
import { markFields, markProblem } from "./fields.js";

const TARGETS = {
  webhook: { label: "Address", hint: "https://example.com/hook", field: "url" },
  email: { label: "Recipients", hint: "ops@example.com, desk@example.com", field: "to" },
  file: { label: "File in the data directory", hint: "alerts.jsonl", field: "path" },
};

/** The body of `POST /channels` from the form's texts, and what is wrong with them by field. */
export function channelOf({ name, kind, target, group }) {
  const errors = {};
  if (!name) errors.name = "a name is needed, such as ops";
  if (!target) errors.target = `it is missing; write it like ${TARGETS[kind].hint}`;
  const value = kind === "email" ? target.split(",").map((to) => to.trim()).filter(Boolean) : target;
  return { body: { name, kind, [TARGETS[kind].field]: value, ...(group ? { group } : {}) }, errors };
}

/** The form's field that a pointer speaks of; null where none does. */
export function channelField(pointer, names) {
  const first = String(pointer).split("/").find(Boolean);
  const name = Object.values(TARGETS).some(({ field }) => field === first) ? "target" : first;
  return names.includes(name) ? name : null;
}

function targetOf(channel) {
  const value = channel[TARGETS[channel.kind]?.field];
  return Array.isArray(value) ? value.join(", ") : value;
}

function card(channel) {
  const button = (deed, label) => html("button", { type: "button", class: "small", "data-deed": deed, "data-id": channel.id, "aria-label": `${label}: ${channel.name}` }, label);
  return html("li", { class: "card" },
    html("p", { class: "line" },
      html("span", {}, html("strong", {}, channel.name), html("span", { class: "quiet" }, ` ${channel.kind}`)),
      channel.disabled ? html("span", { class: "tag delivery-failed" }, "disabled") : null),
    html("p", {}, targetOf(channel)),
    channel.disabled ? html("p", { class: "quiet" }, channel.disabled.reason) : null,
    html("p", { class: "deeds" }, button("test", "Send a test"), channel.kind === "webhook" ? button("rotate", "New secret") : null, button("delete", "Delete")));
}

/** The channels through which people are told; `onList(channels)` gets each list. */
export class Channels {
  #form = document.querySelector("#channel-form");
  #deliveries = new Deliveries(document.querySelector("#delivery-list"));
  #channels = [];
  #onList;

  constructor(onList) {
    this.#onList = onList;
    this.#form.elements.kind.addEventListener("change", () => this.#showKind());
    this.#showKind();
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#create();
    });
    document.querySelector("#channel-list").addEventListener("click", (event) => {
      const { deed, id } = event.target.closest("[data-deed]")?.dataset ?? {};
      if (deed) this.#do(deed, this.#channels.find((channel) => channel.id === id));
    });
  }

  async load() {
    await Promise.all([this.#loadChannels(), this.#deliveries.load()]);
  }

  /** Something has happened that may be told. */
  heard() {
    this.#deliveries.soon();
  }

  async #loadChannels() {
    const place = document.querySelector("#channel-list");
    try {
      this.#channels = (await get("/channels")).channels;
      setText(document.querySelector("#channels-count"), this.#channels.length > 0 ? String(this.#channels.length) : "");
      show(place, this.#channels.length > 0
        ? html("ul", { class: "cards" }, ...this.#channels.map(card))
        : html("p", { class: "blank" }, "No channel yet: nobody is told of alerts outside this page."));
      this.#onList(this.#channels);
    } catch (problem) {
      show(place, html("p", { class: "problem" }, `The channels cannot be shown: ${problem.message}.`));
    }
  }

  #showKind() {
    const { label, hint } = TARGETS[this.#form.elements.kind.value];
    setText(this.#form.querySelector("[for=channel-target]"), label);
    this.#form.elements.target.placeholder = hint;
  }

  async #create() {
    const texts = Object.fromEntries(["name", "kind", "target", "group"].map((name) => [name, this.#form.elements[name].value.trim()]));
    const { body, errors } = channelOf(texts);
    markFields(this.#form, errors);
    if (Object.keys(errors).length > 0) return;
    try {
      const { name, secret } = await post("/channels", body);
      this.#form.reset();
      this.#showKind();
      this.#say(`Channel ${name} created.`, secret);
      await this.load();
    } catch (problem) {
      markProblem(this.#form, problem, channelField);
    }
  }

  // The secret stands on the page until something else is said, and nowhere else.
  #say(text, secret = null) {
    show(document.querySelector("#channel-said"), document.createTextNode(text),
      secret ? html("span", { class: "secret" }, "Its secret, shown this once: ", html("code", { tabindex: "0" }, secret)) : null);
  }

  async #do(deed, { id, name }) {
    try {
      await this.#deeds[deed](`/channels/${id}`, name);
      await this.load();
    } catch (problem) {
      this.#say(`Channel ${name}: ${problem.message}.`);
    }
  }

  #deeds = {
    test: async (path, name) => {
      await post(`${path}/test`);
      this.#say(`A test message is on its way through ${name}.`);
    },
    rotate: async (path, name) => {
      if (!confirm(`Give the channel “${name}” a new secret? The one before is valid for a day more.`)) return;
      const { secret } = await post(`${path}/rotate`);
      this.#say(`Channel ${name} has a new secret.`, secret);
    },
    delete: async (path, name) => {
      if (!confirm(`Delete the channel “${name}”? What is on its way through it is given up.`)) return;
      await remove(path);
      this.#say(`Channel ${name} deleted.`);
    },
  };
}
