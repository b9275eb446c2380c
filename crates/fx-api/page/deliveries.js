import { get, post } from "./api.js";
import { html, show } from "./dom.js";
import { shortTime } from "./format.js";

const PAGE = 20;
// While something is on its way it is asked for again: no event tells of deliveries.
const AGAIN_MS = 3_000;
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

function line(delivery) {
  const { id, channel, status, attempts } = delivery;
  const last = attempts.slice(-ATTEMPTS_SHOWN).toReversed();
  return html("li", {},
    html("span", { class: "line" },
      html("span", { class: `tag delivery-${status}` }, status), html("strong", {}, ` ${channel} `),
      html("span", { class: "quiet" }, deliveryText(delivery)),
      status === "pending" ? null : html("button", { type: "button", class: "small", "data-replay": id, "aria-label": `Send again through ${channel}` }, "Send again")),
    last.length > 0 && status !== "delivered" ? html("ul", { class: "quiet" }, ...last.map((attempt) => html("li", {}, attemptText(attempt)))) : null);
}

/** Who was told of an alert, and who is still to be. */
export class Deliveries {
  #place;
  #alert = null;
  #timer = null;

  constructor(place) {
    this.#place = place;
    place.addEventListener("click", (event) => {
      const button = event.target.closest("[data-replay]");
      if (button) this.#replay(button);
    });
  }

  /** Shows those of the alert with that id. */
  async load(alert) {
    this.#alert = alert;
    clearTimeout(this.#timer);
    try {
      const { deliveries, next_cursor: next } = await get(`/deliveries?${new URLSearchParams({ alert_id: alert, limit: PAGE })}`);
      if (alert !== this.#alert) return;
      this.#show(deliveries, Boolean(next));
      clearTimeout(this.#timer);
      if (deliveries.some(({ status }) => status === "pending")) this.#timer = setTimeout(() => this.load(alert), AGAIN_MS);
    } catch (problem) {
      if (alert === this.#alert) this.#failed(`The deliveries cannot be shown: ${problem.message}.`);
    }
  }

  /** Asks no more. */
  leave() {
    this.#alert = null;
    clearTimeout(this.#timer);
    show(this.#place);
  }

  #show(deliveries, more) {
    const focused = document.activeElement?.dataset?.replay;
    show(this.#place,
      deliveries.length > 0 ? html("ol", { class: "transitions", tabindex: "0", "aria-label": "Deliveries, newest first" }, ...deliveries.map(line)) : html("p", { class: "blank" }, "Nobody was told yet."),
      more ? html("p", { class: "quiet" }, `the newest ${deliveries.length}`) : null);
    if (focused) this.#place.querySelector(`[data-replay="${CSS.escape(focused)}"]`)?.focus();
  }

  async #replay(button) {
    button.disabled = true;
    try {
      await post(`/deliveries/${button.dataset.replay}/replay`);
      await this.load(this.#alert);
    } catch (problem) {
      button.disabled = false;
      this.#failed(`It was not sent again: ${problem.message}.`);
    }
  }

  #failed(text) {
    this.#place.prepend(html("p", { class: "problem", role: "alert" }, text));
  }
}
