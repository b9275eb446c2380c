// What stands at the top of the page: the line to the service, alerts that fire, and the market's hours.
import { html, setText, show } from "./dom.js";
import { isOpen, marketText } from "./market.js";

const STATES = {
  reconnecting: "The line to the service broke off.",
  disconnected: "The service does not answer.",
};

/** How many alerts fire. */
export function showFiring(count) {
  const place = document.querySelector("#firing-signal");
  place.hidden = count === 0;
  place.dataset.state = "firing";
  setText(place, `▲ ${count} firing`);
  document.title = count ? `(${count}) fx-monitor` : "fx-monitor";
}

/** Whether the spot market is open at `now`, and until when. */
export function showMarket(now) {
  const place = document.querySelector("#market");
  place.dataset.state = isOpen(now) ? "open" : "closed";
  setText(place, marketText(now));
}

/** The line to the service: whether there is one, and else since when what is shown is old. */
export class Connection {
  #heard = null;
  #onRetry;

  /** `onRetry` asks for it again at once. */
  constructor(onRetry) {
    this.#onRetry = onRetry;
  }

  /** The service has said something. */
  heard() {
    this.#heard = new Date();
  }

  /** `live`, `reconnecting` or `disconnected`, the last of them perhaps by what the service says. */
  show(state, refusal = null) {
    if (state === "live") this.heard();
    const signal = document.querySelector("#connection");
    signal.dataset.state = state;
    setText(signal, state);
    const text = refusal ? `The service refuses its live events: ${refusal}.` : STATES[state];
    const notice = document.querySelector("#offline");
    notice.hidden = !text;
    document.body.classList.toggle("is-offline", Boolean(text));
    const since = this.#heard ? `What is shown is as of ${this.#heard.toISOString().slice(11, 19)} UTC.` : "Nothing has arrived yet.";
    setText(document.querySelector("#offline-text"), text ? `${text} ${since} It is asked again by itself.` : "");
    const place = document.querySelector("#offline-deeds");
    show(place, text ? html("button", { type: "button", class: "small", id: "reconnect" }, "Reconnect now") : null);
    place.firstElementChild?.addEventListener("click", this.#onRetry);
  }
}
