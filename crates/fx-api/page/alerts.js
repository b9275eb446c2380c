import { get, getPages, post, remove } from "./api.js";
import { AlertDetail } from "./alert-detail.js";
import { card, nameOf } from "./alert-card.js";
import { applyTransition, rankOf, snoozedUntil } from "./alert-states.js";
import { html, setText, show } from "./dom.js";
import { pairName, pairValue } from "./format.js";
import { Timeline } from "./timeline.js";

const PAGES = 20;
// Transitions of many pairs come at once: what they make the page ask for is asked for once.
const SOON_MS = 200;

/** The rules with their states, and what happened. `announce` gets what a screen reader should hear. */
export class Alerts {
  #rules = new Map();
  // An answer that was under way when a rule was deleted must not bring it back. Ids are never used twice.
  #deleted = new Set();
  // How often each has changed: an answer that was asked for before the last change is old.
  #changes = new Map();
  #planned = new Set();
  #timeline = new Timeline(document.querySelector("#alert-history"));
  #detail;
  #announce;
  #onFiring;

  constructor({ announce, onFiring, onEdit }) {
    this.#announce = announce;
    this.#onFiring = onFiring;
    this.#detail = new AlertDetail({ onChanged: (rule) => this.put(rule), onWanted: (id) => this.#read(id), onEdit });
    document.querySelector("#alert-rules").addEventListener("click", (event) => {
      const button = event.target.closest("[data-deed]");
      if (button) this.#do(button.dataset.deed, button.dataset.id);
    });
    addEventListener("hashchange", () => this.route());
  }

  async load() {
    await Promise.all([this.#loadRules(), this.#timeline.load(), this.#detail.reload()]);
  }

  /** Opens or closes one alert after the address (`#/alert/…`). */
  route() {
    const id = /^#\/alert\/([0-9a-f-]{36})$/.exec(location.hash)?.[1] ?? null;
    this.#detail.show(id, this.#rules.get(id));
  }

  async #loadRules() {
    const before = new Map(this.#changes);
    const newest = (rule) => (this.#changes.get(rule.id) === before.get(rule.id) ? rule : this.#rules.get(rule.id) ?? rule);
    try {
      const rules = await getPages("/alerts", "alerts", PAGES);
      this.#rules = new Map(rules.filter(({ id }) => !this.#deleted.has(id)).map((rule) => [rule.id, newest(rule)]));
      this.#show();
    } catch (problem) {
      show(document.querySelector("#alert-rules"), html("p", { class: "problem" }, `The alerts cannot be shown: ${problem.message}.`));
    }
  }

  /** A live transition. */
  transition(transition) {
    if (!transition?.id) return;
    // It may stand in the timeline already, whose answer was newer than that of the rules.
    const isNews = this.#timeline.add(transition);
    const rule = this.#rules.get(transition.alert_id);
    if (rule) this.#change(applyTransition(rule, transition));
    else if (!this.#deleted.has(transition.alert_id)) this.#soon("rules", () => this.#loadRules());
    this.#detail.transition(transition);
    // How long somebody wants to hear nothing is not told by the transition, but to whoever asked for it.
    if (rule && transition.to === "snoozed") this.#soon(rule.id, () => this.#learnSnooze(rule.id));
    if (isNews && transition.to === "firing" && !transition.notice) {
      this.#announce(`Alert firing: ${transition.alert_name}, ${pairName(transition.pair)} ${pairValue(transition.pair, transition.value)}. ${transition.message ?? ""}`);
    }
  }

  /** A rule as it stands now, changed or created here. */
  put(rule, isNew = false) {
    if (this.#deleted.has(rule.id)) return;
    // A new one may have fired already: a transition can come before the answer that created it.
    const known = isNew ? this.#rules.get(rule.id) : null;
    this.#change(known ? { ...rule, states: known.states } : rule);
  }

  #soon(key, ask) {
    if (this.#planned.has(key)) return;
    this.#planned.add(key);
    setTimeout(() => {
      this.#planned.delete(key);
      // What fails here is asked for again with the next reload.
      ask().catch(() => {});
    }, SOON_MS);
  }

  #change(rule) {
    this.#changes.set(rule.id, (this.#changes.get(rule.id) ?? 0) + 1);
    this.#rules.set(rule.id, rule);
    this.#detail.update(rule);
    this.#show();
  }

  async #learnSnooze(id) {
    const rule = this.#rules.get(id);
    // Somebody may have ended it since.
    const isSnoozed = rule?.states?.some(({ state }) => state === "snoozed");
    if (isSnoozed && !snoozedUntil(rule)) await this.#read(id);
  }

  async #read(id) {
    if (this.#deleted.has(id)) return;
    const before = this.#changes.get(id);
    const rule = await get(`/alerts/${id}`);
    if (this.#changes.get(id) === before) this.put(rule);
    else this.#soon(id, () => this.#read(id));
  }

  #show() {
    const rules = [...this.#rules.values()];
    const urgency = (rule) => Math.min(7, ...(rule.states ?? []).map(({ state }) => rankOf(state)));
    rules.sort((a, b) => urgency(a) - urgency(b));
    const firing = rules.flatMap((rule) => rule.states ?? []).filter(({ state }) => state === "firing").length;
    this.#onFiring(firing);
    setText(document.querySelector("#alerts-count"), rules.length ? `${rules.length} ${rules.length === 1 ? "rule" : "rules"}, ${firing} firing` : "");
    // The list may be rebuilt under a focused button.
    const { deed, id } = document.activeElement?.dataset ?? {};
    const rebuilt = show(document.querySelector("#alert-rules"), rules.length
      ? html("ul", { class: "cards" }, ...rules.map(card))
      : html("p", { class: "blank" }, "No alerts yet."));
    if (rebuilt && deed) document.querySelector(`#alert-rules [data-deed="${deed}"][data-id="${CSS.escape(id)}"]`)?.focus();
  }

  #do(deed, id) {
    const rule = this.#rules.get(id);
    if (!rule) return;
    if (deed === "delete") this.#delete(rule);
    else if (deed === "resume") this.#resume(rule);
    else {
      location.hash = `#/alert/${id}`;
      this.#detail.show(id, rule, deed);
    }
  }

  async #resume(rule) {
    try {
      this.#change(await post(`/alerts/${rule.id}/resume`));
      this.#announce("Alert resumed.");
    } catch (problem) {
      this.#failed("resumed", problem);
    }
  }

  async #delete(rule) {
    if (!confirm(`Delete the alert “${nameOf(rule)}”? Its transitions stay in the history.`)) return;
    // Before it is gone: nobody is to ask for it any more.
    this.#deleted.add(rule.id);
    try {
      await remove(`/alerts/${encodeURIComponent(rule.id)}`);
      this.#rules.delete(rule.id);
      this.#show();
      this.#announce("Alert deleted.");
      document.querySelector("#alerts").focus();
    } catch (problem) {
      this.#deleted.delete(rule.id);
      this.#failed("deleted", problem);
    }
  }

  #failed(what, problem) {
    this.#announce(`The alert was not ${what}: ${problem.message}`);
    alert(`The alert was not ${what}: ${problem.message}.`);
  }
}
