import { get, post } from "./api.js";
import { html, show } from "./dom.js";
import { shortTime } from "./format.js";

const PAGE = 20;
// While something is on its way it is asked for again: no event tells of deliveries.
const AGAIN_MS = 3_000;
// After a transition: by then its delivery is made.
const SOON_MS = 1_000;
const ATTEMPTS_SHOWN = 5;

/** How far a delivery is, in words. */
export function deliveryText({ status, reason, attempts, next_at: next, finished_at: finished }) {
  const tries = attempts.length > 0 ? `${attempts.length} ${attempts.length === 1 ? "attempt" : "attempts"}` : null;
  const said = {
    delivered: [shortTime(finished), tries],
    pending: tries ? [tries, `next ${shortTime(next) ?? "soon"}`] : ["not tried yet"],
  }[status] ?? [reason?.replaceAll("_", " "), tries];
  return said.filter(Boolean).join(", ");
}

/** One attempt in words. */
export function attemptText({ at, took_ms: took, code, error }) {
  return [shortTime(at), typeof took === "number" ? `${took} ms` : null, code, error].filter((part) => part !== null && part !== undefined && part !== "").join(", ");
}

/** What a delivery tells of, in words. */
export function subjectText({ alert_names: names }) {
  return names.length > 0 ? names.join(", ") : "a test message";
}

function line(delivery, named) {
  const { id, channel, status, attempts } = delivery;
  const last = attempts.slice(-ATTEMPTS_SHOWN).toReversed();
  return html("li", {},
    html("span", { class: "line" },
      html("span", { class: `tag delivery-${status}` }, status), html("strong", {}, ` ${channel} `),
      html("span", { class: "quiet" }, deliveryText(delivery)),
      status === "pending" ? null : html("button", { type: "button", class: "small", "data-replay": id, "aria-label": `Send again through ${channel}` }, "Send again")),
    named ? html("span", { class: "quiet" }, subjectText(delivery)) : null,
    last.length > 0 && status !== "delivered" ? html("ul", { class: "quiet" }, ...last.map((attempt) => html("li", {}, attemptText(attempt)))) : null);
}

/** Who was told, and who is still to be: of one alert or of all. */
export class Deliveries {
  #place;
  // Which are asked for; null while none are shown.
  #query = null;
  #timer = null;

  constructor(place) {
    this.#place = place;
    place.addEventListener("click", (event) => {
      const button = event.target.closest("[data-replay]");
      if (button) this.#replay(button);
    });
  }

  /** Shows those of the alert with that id, or of all. */
  load(alert = null) {
    this.#query = alert ? { alert_id: alert } : {};
    return this.#ask();
  }

  /** Something has happened that may be told: asks again in a moment, once for many. */
  soon() {
    this.#timer ??= setTimeout(() => this.#ask(), SOON_MS);
  }

  /** Asks no more. */
  leave() {
    this.#query = null;
    this.#stop();
    show(this.#place);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #ask() {
    const query = this.#query;
    this.#stop();
    if (!query) return;
    try {
      const { deliveries, next_cursor: next } = await get(`/deliveries?${new URLSearchParams({ ...query, limit: PAGE })}`);
      if (query !== this.#query) return;
      this.#show(deliveries, Boolean(next));
      if (deliveries.some(({ status }) => status === "pending")) this.#timer ??= setTimeout(() => this.#ask(), AGAIN_MS);
    } catch (problem) {
      if (query === this.#query) this.#failed(`The deliveries cannot be shown: ${problem.message}.`);
    }
  }

  #show(deliveries, more) {
    const focused = document.activeElement?.dataset?.replay;
    const named = !this.#query.alert_id;
    const rebuilt = show(this.#place,
      deliveries.length > 0
        ? html("ol", { class: "transitions", tabindex: "0", "aria-label": "Deliveries, newest first" }, ...deliveries.map((delivery) => line(delivery, named)))
        : html("p", { class: "blank" }, "Nobody was told yet."),
      more ? html("p", { class: "quiet" }, `the newest ${deliveries.length}`) : null);
    if (rebuilt && focused) this.#place.querySelector(`[data-replay="${CSS.escape(focused)}"]`)?.focus();
  }

  async #replay(button) {
    button.disabled = true;
    try {
      await post(`/deliveries/${button.dataset.replay}/replay`);
      await this.#ask();
    } catch (problem) {
      button.disabled = false;
      this.#failed(`It was not sent again: ${problem.message}.`);
    }
  }

  #failed(text) {
    this.#place.querySelector(".problem")?.remove();
    this.#place.prepend(html("p", { class: "problem", role: "alert" }, text));
  }
}
