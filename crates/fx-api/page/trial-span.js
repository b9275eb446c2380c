// How far back a rule is tried, what the chart then shows of the rates, and how the outcome is said. No DOM in here.
import { age, pairName, pairValue, time } from "./format.js";
import { WIDTHS } from "./ranges.js";

const DAY_MS = 86_400_000;

/** The lengths that the form offers, in days. */
export const LENGTHS = [[1, "day"], [7, "7 days"], [30, "30 days"], [365, "year"], [1826, "5 years"], [9131, "25 years"]];
export const FIRST_LENGTH = 365;

const MOST_CANDLES = 1_500;

/** The narrowest interval whose candles still fit a chart. */
export function intervalFor(from, to) {
  return Object.keys(WIDTHS).find((name) => (to - from) / WIDTHS[name] <= MOST_CANDLES) ?? "1d";
}

/** The `days` up to the newest of `rates` that the rule's pairs have, in either direction; up to `now` where none is known. */
export function spanOf(rates, pairs, days, now) {
  const wanted = new Set(pairs.flatMap((pair) => {
    const bare = pair.replaceAll(/[^A-Za-z]/g, "").toUpperCase();
    return [bare, bare.slice(3) + bare.slice(0, 3)];
  }));
  const times = rates.filter(({ pair }) => pairs.includes("*") || wanted.has(pair)).map((rate) => Date.parse(rate.source_ts));
  const newest = times.length > 0 ? times.reduce((latest, at) => Math.max(latest, at)) : now;
  // Until before `to`: the newest itself is to be read.
  return { from: new Date(newest - days * DAY_MS).toISOString(), to: new Date(newest + 1).toISOString() };
}

function times(count) {
  return count < 10 ? count.toFixed(1) : String(Math.round(count));
}

/** The outcome in a sentence. */
export function outcomeText({ episodes, updates_read: read, per_month: monthly, firing_s: firing }) {
  const updates = `${read.toLocaleString("en-GB")} ${read === 1 ? "update" : "updates"}`;
  if (read === 0) return "There is no history of this pair in that time.";
  if (episodes.length === 0) return `It would not have fired: ${updates} read, no episode.`;
  const many = `${episodes.length} ${episodes.length === 1 ? "episode" : "episodes"}`;
  return `It would have fired ${times(monthly)} times a month: ${many} in ${updates}, ${age(firing)} of firing in all.`;
}

/** One episode in words. */
export function episodeText({ pair, fired_at: fired, cleared_at: cleared, value, measured, extreme }) {
  const end = cleared ? `to ${time(cleared)}, ${age((Date.parse(cleared) - Date.parse(fired)) / 1000)}` : "still firing at the end";
  const figure = typeof measured === "number" ? ` (measured ${Number(measured.toPrecision(4))})` : "";
  return `${pairName(pair)} ${pairValue(pair, value)}${figure} at ${time(fired)}, ${end}, extreme ${pairValue(pair, extreme)}`;
}
