// The body of `POST /alerts` and the form's texts, one from the other. No DOM in here.
import { conditionOf, CONDITIONS, conditionTexts, numberOf } from "./conditions.js";

const TEXTS = ["name", "for", "cooldown", "repeat_every", "source", "note"];
const FLAGS = ["once", "closed_market"];
const FIELD_NAMES = { kind: "condition", pairs: "pair", sources: "source_a" };

/** The form's field that a JSON pointer of a problem document speaks of; null where none does. */
export function fieldOf(pointer, names) {
  const parts = String(pointer).replace(/^#/, "").split("/").filter((part) => part && !/^\d+$/.test(part));
  const last = parts.at(-1);
  const name = FIELD_NAMES[last] ?? last;
  return names.includes(name) ? name : null;
}

/** A time in UTC as the form has it, `2026-12-31T17:00`, in RFC 3339. */
function momentOf(text) {
  return text.length === 16 ? `${text}:00Z` : `${text}Z`;
}

/** What the form's texts ask for, and what is wrong with them by field. */
export function bodyOf(texts) {
  const errors = {};
  const kind = CONDITIONS[texts.condition];
  const pairs = texts.pair.split(",").map((pair) => pair.trim()).filter(Boolean);
  if (pairs.length === 0) errors.pair = "name a pair such as EUR/USD, or * for every pair";
  const body = { pairs, condition: conditionOf(texts.condition, texts, errors), severity: texts.severity || "warning" };
  if (kind.clears && texts.clear_threshold) body.clear_threshold = numberOf("clear_threshold", texts.clear_threshold, "1.1", errors);
  if (kind.counts !== false && texts.min_updates) body.min_updates = numberOf("min_updates", texts.min_updates, "2", errors);
  for (const name of TEXTS) if (texts[name]) body[name] = texts[name];
  if (kind.sources) delete body.source;
  if (texts.expires_at) body.expires_at = momentOf(texts.expires_at);
  for (const name of FLAGS) if (texts[name]) body[name] = true;
  if (kind.rebases && texts.rebase_on_fire) body.rebase_on_fire = true;
  if (texts.channels?.length > 0) body.channels = texts.channels;
  return { body, errors };
}

/** The form's texts of an alert. */
export function textsOf(alert) {
  const texts = { ...conditionTexts(alert.condition), pair: alert.pairs.join(", "), severity: alert.severity, channels: alert.channels ?? [] };
  for (const name of [...TEXTS, "clear_threshold"]) texts[name] = String(alert[name] ?? "");
  for (const name of [...FLAGS, "rebase_on_fire"]) texts[name] = Boolean(alert[name]);
  texts.min_updates = String(alert.min_updates ?? "");
  texts.expires_at = alert.expires_at ? new Date(alert.expires_at).toISOString().slice(0, 19) : "";
  return texts;
}

const RULE_FIELDS = ["pairs", "condition", "severity", "clear_threshold", "min_updates", ...TEXTS, "expires_at", ...FLAGS, "rebase_on_fire", "channels"];
const bare = (value) => (value === undefined || value === false || value?.length === 0 ? null : value);

/** What is to be patched on an alert so that it is as `body` says: null for what is left out there. */
export function changesOf(alert, body) {
  const differs = (name) => JSON.stringify(bare(alert[name])) !== JSON.stringify(bare(body[name]));
  return Object.fromEntries(RULE_FIELDS.filter(differs).map((name) => [name, bare(body[name])]));
}
