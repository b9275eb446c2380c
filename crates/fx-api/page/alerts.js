import { get, getPages, remove } from "./api.js";
import { html, setText, show } from "./dom.js";
import { pairName, pairValue, shortTime, words } from "./format.js";

const PAGES = 20;
const TRANSITIONS_SHOWN = 20;
const STATES_SHOWN = 4;
// What wants attention comes first.
const RANK = { firing: 0, pending: 1, recovering: 2, no_data: 3, acknowledged: 4, snoozed: 5, expired: 6, normal: 7 };
const rankOf = (state) => RANK[state] ?? 3;

/** A condition in words: `above 1.1`. */
export function conditionText(condition) {
  const { kind, ...rest } = condition;
  const values = Object.entries(rest).map(([name, value]) => (name === "threshold" ? String(value) : `${words(name)} ${value}`));
  return `${words(kind)} ${values.join(", ")}`.trim();
}

/** What the rule asks beyond its condition. */
export function ruleText(rule) {
  const parts = [conditionText(rule.condition)];
  if (rule.clear_threshold !== null && rule.clear_threshold !== undefined) parts.push(`clears at ${rule.clear_threshold}`);
  if (rule.for) parts.push(`for ${rule.for}`);
  if (rule.min_updates > 1) parts.push(`${rule.min_updates} updates`);
  if (rule.once) parts.push("once");
  return parts.join(", ");
}

/** The rule with one pair's state as a transition left it. */
export function applyTransition(rule, transition) {
  const states = (rule.states ?? []).filter((state) => state.pair !== transition.pair);
  states.push({ pair: transition.pair, state: transition.to, since: transition.source_ts, value: transition.value });
  return { ...rule, states };
}

function stateTag(state) {
  return html("span", { class: `tag state-${state}` }, words(state));
}

function stateLines(states) {
  if (states.length === 0) return [html("li", {}, html("span", { class: "quiet" }, "not evaluated yet"))];
  const sorted = states.toSorted((a, b) => rankOf(a.state) - rankOf(b.state) || a.pair.localeCompare(b.pair));
  // A rule on many pairs names those that want attention and counts the others.
  const many = sorted.length > STATES_SHOWN;
  const named = sorted.filter(({ state }) => !many || state !== "normal").slice(0, STATES_SHOWN);
  const lines = named.map(({ pair, state, since, value }) => html("li", {},
    stateTag(state), ` ${pairName(pair)} `,
    html("span", { class: "figure" }, pairValue(pair, value)),
    since ? html("span", { class: "quiet" }, ` since ${shortTime(since)}`) : null));
  if (named.length < sorted.length) lines.push(html("li", { class: "quiet" }, restText(sorted.slice(named.length), named.length > 0)));
  return lines;
}

function restText(states, follows) {
  const counts = new Map();
  for (const { state } of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  const text = [...counts].map(([state, count]) => `${count} pairs ${words(state)}`).join(", ");
  return follows ? `and ${text}` : text;
}

function transitionLine(transition) {
  return html("li", {},
    html("span", { class: "line" },
      stateTag(transition.to), ` ${pairName(transition.pair)} `,
      html("span", { class: "figure" }, pairValue(transition.pair, transition.value)),
      html("time", { class: "quiet", datetime: transition.source_ts }, ` ${shortTime(transition.source_ts) ?? ""}`)),
    html("span", { class: "quiet" }, `${transition.alert_name ?? transition.alert_id}: ${words(transition.from)} to ${words(transition.to)}`,
      transition.message ? `. ${transition.message}` : ""));
}

/** The rules with their states, and the latest transitions. `announce` gets what a screen reader should hear. */
export class Alerts {
  #rules = new Map();
  // An answer that was under way when a rule was deleted must not bring it back. Ids are never used twice.
  #deleted = new Set();
  #transitions = [];
  #announce;
  #onFiring;

  constructor(announce, onFiring) {
    this.#announce = announce;
    this.#onFiring = onFiring;
  }

  async load() {
    await Promise.all([this.#loadRules(), this.#loadTransitions()]);
  }

  async #loadRules() {
    const place = document.querySelector("#alert-rules");
    try {
      const rules = await getPages("/alerts", "alerts", PAGES);
      this.#rules = new Map(rules.filter(({ id }) => !this.#deleted.has(id)).map((rule) => [rule.id, rule]));
      this.#showRules();
    } catch (problem) {
      show(place, html("p", { class: "problem" }, `The alerts cannot be shown: ${problem.message}.`));
    }
  }

  async #loadTransitions() {
    try {
      const { transitions } = await get("/alerts/history");
      this.#transitions = transitions.slice(0, TRANSITIONS_SHOWN);
      this.#showTransitions();
    } catch (problem) {
      show(document.querySelector("#alert-history"), html("p", { class: "problem" }, `The transitions cannot be shown: ${problem.message}.`));
    }
  }

  /** A live transition. */
  transition(transition) {
    if (!transition?.id || this.#transitions.some(({ id }) => id === transition.id)) return;
    this.#transitions = [transition, ...this.#transitions].slice(0, TRANSITIONS_SHOWN);
    this.#showTransitions();
    const rule = this.#rules.get(transition.alert_id);
    if (rule) {
      this.#rules.set(rule.id, applyTransition(rule, transition));
      this.#showRules();
    } else if (!this.#deleted.has(transition.alert_id)) {
      this.#loadRules();
    }
    if (transition.to === "firing") {
      this.#announce(`Alert firing: ${transition.alert_name}, ${pairName(transition.pair)} ${pairValue(transition.pair, transition.value)}. ${transition.message ?? ""}`);
    }
  }

  /** A rule was created here. */
  add(rule) {
    if (this.#deleted.has(rule.id)) return;
    // It may have fired already: a transition can come before the answer that created the rule.
    const states = this.#rules.get(rule.id)?.states ?? rule.states ?? [];
    this.#rules.set(rule.id, { ...rule, states });
    this.#showRules();
  }

  #showRules() {
    const rules = [...this.#rules.values()];
    const urgency = (rule) => Math.min(7, ...(rule.states ?? []).map(({ state }) => rankOf(state)));
    rules.sort((a, b) => urgency(a) - urgency(b));
    const firing = rules.flatMap((rule) => rule.states ?? []).filter(({ state }) => state === "firing").length;
    this.#onFiring(firing);
    setText(document.querySelector("#alerts-count"), rules.length ? `${rules.length} ${rules.length === 1 ? "rule" : "rules"}, ${firing} firing` : "");
    const focused = document.activeElement?.dataset?.delete;
    show(document.querySelector("#alert-rules"), rules.length
      ? html("ul", { class: "cards" }, ...rules.map((rule) => this.#card(rule)))
      : html("p", { class: "blank" }, "No alerts yet. Create the first one below."));
    this.#bindDeletes(focused);
  }

  #card(rule) {
    const pairs = rule.pairs.includes("*") ? "every pair" : rule.pairs.map(pairName).join(", ");
    return html("li", { class: `card severity-${rule.severity ?? "warning"}` },
      html("div", { class: "line" },
        html("strong", {}, rule.name || `${pairs} ${conditionText(rule.condition)}`),
        html("button", { type: "button", class: "small", "data-delete": rule.id, "aria-label": `Delete alert ${rule.name || rule.id}` }, "Delete")),
      html("p", {}, `${pairs} ${ruleText(rule)}`, rule.severity ? html("span", { class: "quiet" }, ` · ${rule.severity}`) : null),
      html("ul", { class: "states" }, ...stateLines(rule.states ?? [])));
  }

  // The list may have been rebuilt under a focused button.
  #bindDeletes(focused) {
    document.querySelector(`#alert-rules [data-delete="${CSS.escape(focused ?? "")}"]`)?.focus();
    for (const button of document.querySelectorAll("#alert-rules [data-delete]")) {
      button.onclick = () => this.#delete(button.dataset.delete);
    }
  }

  async #delete(id) {
    const rule = this.#rules.get(id);
    if (!rule || !confirm(`Delete the alert “${rule.name || conditionText(rule.condition)}”? Its transitions stay in the history.`)) return;
    try {
      await remove(`/alerts/${encodeURIComponent(id)}`);
      this.#deleted.add(id);
      this.#rules.delete(id);
      this.#showRules();
      this.#announce("Alert deleted.");
      document.querySelector("#alerts").focus();
    } catch (problem) {
      this.#announce(`The alert was not deleted: ${problem.message}`);
      alert(`The alert was not deleted: ${problem.message}.`);
    }
  }

  #showTransitions() {
    show(document.querySelector("#alert-history"), this.#transitions.length
      ? html("ol", { class: "transitions", tabindex: "0", "aria-label": "Latest transitions, newest first" }, ...this.#transitions.map(transitionLine))
      : html("p", { class: "blank" }, "No alert has changed its state yet."));
  }
}
