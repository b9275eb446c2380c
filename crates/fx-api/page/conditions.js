// What a rule can watch for: the fields of each kind, its JSON, and how it is said. No DOM in here.

const number = (name, label, hint) => ({ name, label, hint, type: "number" });
const text = (name, label, hint) => ({ name, label, hint, type: "text" });
const choice = (name, label, options) => ({ name, label, type: "choice", options });

const THRESHOLD = number("threshold", "Threshold", "1.1");
const CHANNEL = [number("low", "Low", "1.05"), number("high", "High", "1.1")];
const WINDOW = [
  text("window", "Within", "1h"),
  choice("direction", "Direction", [["either", "either way"], ["up", "up"], ["down", "down"]]),
];
const MEASURES = [["ewma_vol", "EWMA, yearly"], ["realized_vol", "realized, yearly"], ["price_stddev_20", "std. deviation of 20 levels"]];

/** The kinds by name: how the form calls them, what it asks, and whether another figure may close an episode. */
export const CONDITIONS = {
  above: { label: "above", fields: [THRESHOLD], clears: true },
  below: { label: "below", fields: [THRESHOLD], clears: true },
  crosses_up: { label: "crosses up", fields: [THRESHOLD], clears: true },
  crosses_down: { label: "crosses down", fields: [THRESHOLD], clears: true },
  crosses: { label: "crosses either way", fields: [THRESHOLD] },
  enters_channel: { label: "enters a channel", fields: CHANNEL },
  leaves_channel: { label: "leaves a channel", fields: CHANNEL },
  change_abs: { label: "moves by an amount", fields: [number("delta", "Amount", "0.01"), ...WINDOW], clears: true, rebases: true },
  change_pct: { label: "moves by percent", fields: [number("percent", "Percent", "1"), ...WINDOW], clears: true, rebases: true },
  volatility_above: { label: "volatility above", fields: [choice("measure", "Measure", MEASURES), number("threshold", "Threshold", "0.1")], clears: true },
  zscore: { label: "z-score beyond", fields: [number("updates", "Of updates", "20"), number("threshold", "Deviations", "3")], clears: true },
  stale: { label: "stale", fields: [number("factor", "Times the cadence", "3")], counts: false },
  divergence: { label: "two feeds differ", fields: [text("source_a", "Feed", "kraken"), text("source_b", "Other feed", "ecb"), number("bp", "Basis points", "20")], clears: true, sources: true },
};

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** The number that a text is; else null, and what is wrong with it under `errors[name]`. */
export function numberOf(name, given, hint, errors) {
  const value = Number(given);
  if (NUMBER.test(given) && Number.isFinite(value)) return value;
  errors[name] = given ? `“${given}” is no number; write it like ${hint}` : `a number is needed, such as ${hint}`;
  return null;
}

/** The JSON of a condition from the form's texts. */
export function conditionOf(kind, texts, errors) {
  const condition = { kind };
  for (const { name, type, hint } of CONDITIONS[kind].fields) {
    const given = texts[name] ?? "";
    if (type === "number") condition[name] = numberOf(name, given, hint, errors);
    else if (given) condition[name] = given;
    else errors[name] = `it is missing; write it like ${hint}`;
  }
  if (!CONDITIONS[kind].sources) return condition;
  const { source_a: first, source_b: second, ...rest } = condition;
  return { ...rest, sources: [first, second] };
}

/** The form's texts of a condition. */
export function conditionTexts({ kind, sources, ...rest }) {
  const texts = { condition: kind, ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])) };
  return sources ? { ...texts, source_a: sources[0], source_b: sources[1] } : texts;
}

/** The prices that a chart can show as lines. */
export function levelsOf({ kind, threshold, low, high }) {
  if (kind.endsWith("_channel")) return [low, high];
  return ["above", "below", "crosses_up", "crosses_down", "crosses"].includes(kind) ? [threshold] : [];
}

const WAYS = { up: "rises", down: "falls", either: "moves" };
const MEASURE_NAMES = Object.fromEntries(MEASURES);

function changeText(size, { window, direction }) {
  return `${WAYS[direction] ?? "moves"} ${size} within ${window}`;
}

const SAID = {
  enters_channel: ({ low, high }) => `enters ${low} to ${high}`,
  leaves_channel: ({ low, high }) => `leaves ${low} to ${high}`,
  change_abs: (condition) => changeText(condition.delta, condition),
  change_pct: (condition) => changeText(`${condition.percent} %`, condition),
  volatility_above: ({ measure, threshold }) => `volatility (${MEASURE_NAMES[measure] ?? measure}) above ${threshold}`,
  zscore: ({ updates, threshold }) => `z-score of ${updates} updates beyond ${threshold}`,
  stale: ({ factor }) => `stale for ${factor} times the feed's cadence`,
  divergence: ({ sources, bp }) => `${sources.join(" and ")} more than ${bp} bp apart`,
};

/** A condition in words: `above 1.1`. */
export function conditionText(condition) {
  const { kind, ...rest } = condition;
  return SAID[kind]?.(condition) ?? [kind.replaceAll("_", " "), ...Object.values(rest)].join(" ");
}

/** A rule in words, without its pairs. */
export function ruleText(rule) {
  const parts = [conditionText(rule.condition)];
  const add = (value, words) => { if (value !== null && value !== undefined && value !== false && value !== "") parts.push(words); };
  add(rule.clear_threshold, `clears at ${rule.clear_threshold}`);
  add(rule.for, `for ${rule.for}`);
  add(rule.min_updates > 1, `${rule.min_updates} updates`);
  add(rule.cooldown, `at most every ${rule.cooldown}`);
  add(rule.repeat_every, `told again every ${rule.repeat_every}`);
  add(rule.source, `by ${rule.source}`);
  add(rule.rebase_on_fire, "measured anew from each firing");
  add(rule.closed_market, "closed markets too");
  add(rule.once, "once");
  return parts.join(", ");
}
