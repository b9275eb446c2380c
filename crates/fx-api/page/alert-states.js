// Where alerts stand and what happened to them, in words. No DOM in here.
import { age, shortTime, words } from "./format.js";

// What wants attention comes first.
const RANK = { firing: 0, pending: 1, recovering: 2, no_data: 3, acknowledged: 4, snoozed: 5, expired: 6, normal: 7 };

/** The place of a state among those that want attention. */
export const rankOf = (state) => RANK[state] ?? 3;

/** Whether the machine of a state's pair has an episode that somebody could take note of. */
export const isOpen = ({ state }) => state === "firing" || state === "recovering";

/** Until when nobody is told of a rule; null where everybody is. */
export function snoozedUntil(rule, now = Date.now()) {
  return rule.snoozed_until && Date.parse(rule.snoozed_until) > now ? rule.snoozed_until : null;
}

// What people have done stays to be seen while the machine goes on: a snooze until it is over, an acknowledgement until
// its episode is.
function shown(before, transition, snoozed) {
  if (transition.to === "expired") return "expired";
  if (snoozed && transition.from !== "snoozed") return "snoozed";
  return before?.state === "acknowledged" && isOpen({ state: transition.to }) ? "acknowledged" : transition.to;
}

/** The rule with one pair's state as a transition left it. A notice changes none. */
export function applyTransition(rule, transition) {
  if (transition.notice) return rule;
  const { pair, from, value, by, comment, at } = transition;
  const before = (rule.states ?? []).find((state) => state.pair === pair);
  const states = (rule.states ?? []).filter((state) => state !== before);
  const state = shown(before, transition, Boolean(snoozedUntil(rule)));
  const kept = state === "acknowledged" || (state === "snoozed" && isOpen({ state: transition.to })) ? before?.acknowledged ?? null : null;
  const acknowledged = transition.to === "acknowledged" ? { by: by ?? null, comment: comment ?? null, at } : kept;
  // The machine stands where it does since before somebody did something about it.
  const byHand = transition.to === "acknowledged" || transition.to === "snoozed" || from === "snoozed";
  states.push({ pair, state, since: byHand && before ? before.since : at, value, acknowledged });
  return { ...rule, states, snoozed_until: from === "snoozed" ? null : rule.snoozed_until ?? null };
}

/** Who looks after an episode: `acknowledged by ann at 15:00: on it`; null where nobody does. */
export function acknowledgedText(acknowledged) {
  if (!acknowledged) return null;
  const { by, comment, at } = acknowledged;
  const since = shortTime(at);
  return `acknowledged${by ? ` by ${by}` : ""}${since ? ` at ${since}` : ""}${comment ? `: ${comment}` : ""}`;
}

const NOTICES = {
  unconfirmed: "would fire, were the held rate no mistake",
  withdrawn: "the held rate was a mistake",
  repeat: "still open",
};

/** A transition's tag, and what it says beside it. */
export function happened(transition) {
  const { from, to, notice, took_s: took } = transition;
  if (notice) return { tag: notice, text: NOTICES[notice] ?? words(notice) };
  if (to === "acknowledged") return { tag: to, text: typeof took === "number" ? `acknowledged after ${age(took)}` : "acknowledged" };
  if (from === "snoozed") return { tag: to, text: "no longer snoozed" };
  return { tag: to, text: `${words(from)} to ${words(to)}` };
}
