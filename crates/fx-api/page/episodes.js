// Episodes of alerts out of their transitions. No DOM in here.
import { pairValue, time } from "./format.js";

const ENDS = ["normal", "expired"];

/** The episodes of `transitions` (newest first), oldest first, in the rates' own time; `to` is null where one is open. */
export function episodesOf(transitions) {
  const episodes = new Map();
  for (const { episode_id: id, alert_id: alert, alert_name: name, to, notice, source_ts: stamp, pair, value } of transitions.toReversed()) {
    if (!id || notice) continue;
    if (to === "firing" && !episodes.has(id)) episodes.set(id, { id, name: name ?? alert, pair, value, from: stamp, to: null });
    else if (ENDS.includes(to) && episodes.has(id)) episodes.get(id).to = stamp;
  }
  return [...episodes.values()];
}

/** Those of them that reach into from..to, in milliseconds. */
export function within(episodes, from, to) {
  return episodes.filter((episode) => Date.parse(episode.from) <= to && (!episode.to || Date.parse(episode.to) >= from));
}

/** One in words. */
export function episodeText({ name, pair, value, from, to }) {
  const at = value === null || value === undefined ? "" : ` at ${pairValue(pair, value)}`;
  return `${name}: fired${at} on ${time(from)} UTC, ${to ? `until ${time(to)} UTC` : "still open"}`;
}
