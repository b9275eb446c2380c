import { stateTag } from "./alert-card.js";
import { happened } from "./alert-states.js";
import { get } from "./api.js";
import { html, show } from "./dom.js";
import { pairName, pairValue, shortTime } from "./format.js";

const PAGE = 20;
// Live ones push the oldest out, later where somebody has asked for older ones.
const KEPT = 100;
const KEPT_OPENED = 1_000;

function line(transition, named) {
  const { tag, text } = happened(transition);
  const said = [named ? transition.alert_name ?? transition.alert_id : null, text].filter(Boolean).join(": ");
  return html("li", { "data-id": transition.id, "data-at": transition.at },
    html("span", { class: "line" },
      stateTag(tag), ` ${pairName(transition.pair)} `,
      html("span", { class: "figure" }, pairValue(transition.pair, transition.value)),
      html("time", { class: "quiet", datetime: transition.at }, ` ${shortTime(transition.at) ?? ""}`)),
    html("span", { class: "quiet" }, said, transition.message ? `. ${transition.message}` : ""));
}

/** What happened, newest first: of one alert or of all. */
export class Timeline {
  #place;
  #alert;
  #ids = new Set();
  // Where older ones are: a cursor, or before a time once live ones have pushed some out.
  #older = null;
  #kept = KEPT;
  // What comes while the first page is asked for, for each time it is.
  #meanwhile = new Set();
  #list = null;
  #more = html("button", { type: "button", class: "small" }, "Show older");

  /** In `place`; of the alert with that id, else of all, each then with its alert's name. */
  constructor(place, alert = null) {
    this.#place = place;
    this.#alert = alert;
    this.#more.addEventListener("click", () => this.#loadOlder());
  }

  async load() {
    const came = [];
    this.#meanwhile.add(came);
    try {
      const { transitions, next_cursor: cursor } = await this.#ask({});
      this.#ids.clear();
      this.#list = null;
      this.#kept = KEPT;
      this.#older = cursor ? { cursor } : null;
      show(this.#place, html("p", { class: "blank" }, "No alert has changed its state yet."));
      transitions.forEach((transition) => this.#put(transition, "append"));
      came.filter(({ id }) => !this.#ids.has(id)).forEach((transition) => this.#put(transition, "prepend"));
      this.#showMore();
    } catch (problem) {
      this.#list = null;
      show(this.#place, html("p", { class: "problem" }, `The timeline cannot be shown: ${problem.message}.`));
    } finally {
      this.#meanwhile.delete(came);
    }
  }

  /** A live transition; answers whether it was news. */
  add(transition) {
    if (this.#ids.has(transition.id)) return false;
    if (this.#alert && transition.alert_id !== this.#alert) return false;
    for (const came of this.#meanwhile) came.push(transition);
    this.#put(transition, "prepend");
    if (this.#list.childElementCount > this.#kept) this.#cut();
    return true;
  }

  #cut() {
    const last = this.#list.lastElementChild;
    this.#ids.delete(last.dataset.id);
    last.remove();
    // Until before `to`, in milliseconds only: those of the last one's own millisecond come again, and are known.
    this.#older = { to: new Date(Date.parse(this.#list.lastElementChild.dataset.at) + 1).toISOString() };
    this.#showMore();
  }

  #ask(part) {
    const query = new URLSearchParams({ limit: PAGE, ...(this.#alert ? { alert_id: this.#alert } : {}), ...part });
    return get(`/alerts/history?${query}`);
  }

  // The list stays the same element: reading goes on where it was.
  #put(transition, where) {
    this.#ids.add(transition.id);
    if (!this.#list) {
      this.#list = html("ol", { class: "transitions", tabindex: "0", "aria-label": "What happened, newest first" });
      this.#place.replaceChildren(this.#list, this.#more);
    }
    this.#list[where](line(transition, !this.#alert));
  }

  #showMore() {
    this.#more.hidden = !this.#older;
  }

  async #loadOlder() {
    this.#more.disabled = true;
    try {
      const { transitions, next_cursor: cursor } = await this.#ask(this.#older);
      this.#kept = KEPT_OPENED;
      this.#older = cursor ? { cursor } : null;
      for (const transition of transitions) if (!this.#ids.has(transition.id)) this.#put(transition, "append");
      this.#showMore();
    } catch (problem) {
      this.#place.append(html("p", { class: "problem" }, `No older ones can be shown: ${problem.message}.`));
    } finally {
      this.#more.disabled = false;
    }
  }
}
