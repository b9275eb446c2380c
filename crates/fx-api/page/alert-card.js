import { acknowledgedText, isOpen, rankOf, snoozedUntil } from "./alert-states.js";
import { conditionText, ruleText } from "./conditions.js";
import { html } from "./dom.js";
import { pairName, pairValue, shortTime, words } from "./format.js";

const STATES_SHOWN = 4;

/** A state as a tag with its word. */
export function stateTag(state) {
  return html("span", { class: `tag state-${state}` }, words(state));
}

/** The pairs of a rule in words. */
export function pairsText(rule) {
  return rule.pairs.includes("*") ? "every pair" : rule.pairs.map(pairName).join(", ");
}

/** What a rule is called. */
export function nameOf(rule) {
  return rule.name || `${pairsText(rule)} ${conditionText(rule.condition)}`;
}

function stateLine({ pair, state, since, value, acknowledged }) {
  return html("li", {},
    stateTag(state), ` ${pairName(pair)} `,
    html("span", { class: "figure" }, pairValue(pair, value)),
    since ? html("span", { class: "quiet" }, ` since ${shortTime(since)}`) : null,
    acknowledged ? html("span", { class: "quiet" }, `, ${acknowledgedText(acknowledged)}`) : null);
}

function restText(states, follows) {
  const counts = new Map();
  for (const { state } of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  const text = [...counts].map(([state, count]) => `${count} pairs ${words(state)}`).join(", ");
  return follows ? `and ${text}` : text;
}

/** Where the pairs of a rule stand. A rule on many names at most `most` that want attention, and counts the others. */
export function stateList(states, most = STATES_SHOWN) {
  const sorted = states.toSorted((a, b) => rankOf(a.state) - rankOf(b.state) || a.pair.localeCompare(b.pair));
  const many = sorted.length > most;
  const named = sorted.filter(({ state }) => !many || state !== "normal").slice(0, most);
  const lines = named.map(stateLine);
  if (named.length < sorted.length) lines.push(html("li", { class: "quiet" }, restText(sorted.slice(named.length), named.length > 0)));
  if (sorted.length === 0) lines.push(html("li", {}, html("span", { class: "quiet" }, "not evaluated yet")));
  return html("ul", { class: "states" }, ...lines);
}

/** Until when nobody is told of a rule, in words; null where everybody is. */
export function snoozeText(rule) {
  const until = snoozedUntil(rule);
  return until ? `Snoozed until ${shortTime(until)} UTC` : null;
}

/** A rule with its states and what can be done about it: `data-deed` and `data-id` on each button. */
export function card(rule) {
  const name = nameOf(rule);
  const deed = (key, label) => html("button", { type: "button", class: "small", "data-deed": key, "data-id": rule.id, "aria-label": `${label}: ${name}` }, label);
  const snoozed = snoozeText(rule);
  return html("li", { class: `card severity-${rule.severity ?? "warning"}` },
    html("a", { class: "name", href: `#/alert/${rule.id}` }, name),
    html("p", {}, `${pairsText(rule)} ${ruleText(rule)}`, rule.severity ? html("span", { class: "quiet" }, ` · ${rule.severity}`) : null),
    stateList(rule.states ?? []),
    snoozed ? html("p", { class: "quiet" }, `${snoozed}.`) : null,
    html("p", { class: "deeds" },
      (rule.states ?? []).some(isOpen) ? deed("acknowledge", "Acknowledge") : null,
      snoozed ? deed("resume", "Resume") : deed("snooze", "Snooze"),
      deed("delete", "Delete")));
}
