import { nameOf, pairsText, snoozeText, stateList, stateTag } from "./alert-card.js";
import { isOpen } from "./alert-states.js";
import { post } from "./api.js";
import { ruleText } from "./conditions.js";
import { Deliveries } from "./deliveries.js";
import { facts, html, setText, show } from "./dom.js";
import { bindDialog } from "./fields.js";
import { shortTime } from "./format.js";
import { Timeline } from "./timeline.js";

const STATES_SHOWN = 40;

/** The next midnight in UTC. */
export function tomorrow(now) {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1)).toISOString();
}

function described(rule) {
  return html("div", {},
    facts([
      ["Rule", `${pairsText(rule)} ${ruleText(rule)}`],
      ["Severity", rule.severity],
      ["Told through", rule.channels?.length > 0 ? rule.channels.join(", ") : "no channel"],
      ["Ends at", rule.expires_at ? `${shortTime(rule.expires_at)} UTC` : null],
      ["Note", rule.note],
    ]),
    stateList(rule.states ?? [], STATES_SHOWN));
}

/** The dialog with one alert: where it stands, what can be done about it, what happened, and who was told. */
export class AlertDetail {
  #dialog = document.querySelector("#alert");
  #acknowledge = document.querySelector("#acknowledge");
  #snooze = document.querySelector("#snooze");
  #resume = document.querySelector("#resume");
  #id = null;
  #timeline = null;
  #deliveries = new Deliveries(document.querySelector("#alert-deliveries"));
  #onChanged;
  #onWanted;

  /** `onChanged(rule)` gets what was done, `onWanted(id)` asks for the alert and has it shown, `onEdit(id)` opens its form. */
  constructor({ onChanged, onWanted, onEdit }) {
    this.#onChanged = onChanged;
    this.#onWanted = onWanted;
    bindDialog(this.#dialog);
    this.#dialog.addEventListener("close", () => this.#left());
    document.querySelector("#alert-edit").addEventListener("click", () => this.#edit(onEdit));
    this.#acknowledge.addEventListener("submit", (event) => {
      event.preventDefault();
      const { by, comment } = this.#acknowledge.elements;
      this.#do("acknowledge", given({ by: by.value.trim(), comment: comment.value.trim() }), "Acknowledged.");
    });
    this.#snooze.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#do("snooze", { for: this.#snooze.elements.for.value.trim() }, "Snoozed.");
    });
    for (const button of this.#snooze.querySelectorAll("button[value]")) {
      button.addEventListener("click", () => this.#do("snooze", button.value === "tomorrow" ? { until: tomorrow(new Date()) } : { for: button.value }, "Snoozed."));
    }
    this.#resume.querySelector("button").addEventListener("click", () => this.#do("resume", {}, "Resumed."));
  }

  /** Opens for the alert with that id, as far as it is known, at what is to be done; closes for none. */
  show(id, rule = null, deed = null) {
    if (!id) {
      this.#id = null;
      this.#dialog.close();
    } else if (id !== this.#id || !this.#dialog.open) {
      this.#id = id;
      this.#open(rule);
    }
    const form = { acknowledge: this.#acknowledge, snooze: this.#snooze }[deed];
    form?.querySelector("input, button")?.focus();
  }

  #open(rule) {
    setText(document.querySelector("#alert-title"), rule ? nameOf(rule) : "Alert");
    setText(document.querySelector("#alert-said"), "");
    this.#timeline = new Timeline(document.querySelector("#alert-timeline"), this.#id);
    if (rule) this.update(rule);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.reload();
  }

  /** Asks for everything again. */
  async reload() {
    const id = this.#id;
    if (!id) return;
    await Promise.all([this.#timeline.load(), this.#deliveries.load(id), this.#read(id)]);
  }

  async #read(id) {
    try {
      await this.#onWanted(id);
    } catch (problem) {
      if (id === this.#id) this.#say(problem.status === 404 ? "This alert is deleted." : `The alert cannot be shown: ${problem.message}.`);
    }
  }

  /** The alert stands otherwise than before. */
  update(rule) {
    if (rule.id !== this.#id) return;
    const snoozed = snoozeText(rule);
    setText(document.querySelector("#alert-title"), nameOf(rule));
    show(document.querySelector("#alert-tags"), ...[...new Set((rule.states ?? []).map(({ state }) => state))].map(stateTag));
    show(document.querySelector("#alert-rule"), described(rule));
    this.#acknowledge.hidden = !(rule.states ?? []).some(isOpen);
    this.#snooze.hidden = Boolean(snoozed);
    this.#resume.hidden = !snoozed;
    setText(this.#resume.querySelector("span"), `${snoozed}.`);
  }

  /** A live transition. */
  transition(transition) {
    if (transition.alert_id !== this.#id) return;
    this.#timeline.add(transition);
    this.#deliveries.soon();
  }

  #say(text) {
    setText(document.querySelector("#alert-said"), text);
  }

  async #do(deed, body, done) {
    const id = this.#id;
    try {
      const rule = await post(`/alerts/${id}/${deed}`, body);
      this.#onChanged(rule);
      if (id !== this.#id) return;
      this.#say(done);
      // What was pressed may be hidden by now.
      if (document.activeElement.closest("[hidden]")) this.#dialog.querySelector("[data-close]").focus();
    } catch (problem) {
      if (id === this.#id) this.#say(`This was refused: ${problem.message}.`);
    }
  }

  async #edit(onEdit) {
    try {
      await onEdit(this.#id);
      this.#dialog.close();
    } catch (problem) {
      this.#say(`The alert cannot be changed: ${problem.message}.`);
    }
  }

  // Closed by Escape or the button: the address follows, and Back does not open it again.
  #left() {
    // The event comes late: it may be open again by now.
    if (this.#dialog.open) return;
    this.#deliveries.leave();
    if (!this.#id) return;
    this.#id = null;
    history.replaceState(null, "", location.pathname + location.search);
  }
}

function given(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
}
