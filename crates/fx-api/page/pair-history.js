// What a pair's chart is drawn of: candles with their volatility, flagged updates, and episodes of alerts.
import { get, getPages } from "./api.js";
import { flagged, pointsOf, startOf } from "./candles.js";
import { episodesOf } from "./episodes.js";
import { piecesOf } from "./ranges.js";
import { withVolatility } from "./volatility.js";

// The most points that the API gives at once: of more updates than these the flagged ones are not looked for.
const MOST_UPDATES = 10_000;
const TRANSITIONS = 1_000;
const TRANSITION_PAGES = 3;

const moment = (at) => new Date(at).toISOString();

/** An update as a mark in the candle that holds it. */
export function markOf(update, interval) {
  return { ...update, at: startOf(interval, Date.parse(update.source_ts)) };
}

async function flaggedUpdates(pair, source, interval, candles) {
  const updates = candles.reduce((sum, { count }) => sum + count, 0);
  if (updates === 0 || updates > MOST_UPDATES) return [];
  const query = new URLSearchParams({ source, from: candles[0].start, order: "desc", limit: MOST_UPDATES });
  const { points } = await get(`/rates/${pair}/history?${query}`);
  return points.filter(({ quality }) => quality !== "ok").map((point) => markOf(point, interval));
}

/**
 * Candles of `interval` from `lead` until before `to` (milliseconds) with their volatility, whose they are, and the flagged
 * updates: of the feed called `wanted`, or of the one that is believed.
 */
export async function candlesOfPair(pair, interval, { lead, to }, wanted) {
  const answers = [];
  let source = wanted;
  for (const piece of piecesOf(lead, to, interval)) {
    const span = { from: moment(piece.from), to: moment(piece.to) };
    // All pieces of one feed, though another may be believed meanwhile.
    const answer = await get(`/rates/${pair}/candles?${new URLSearchParams({ interval, ...span, ...(source ? { source } : {}) })}`);
    source = answer.source;
    answers.push(...answer.candles);
  }
  const marks = await flaggedUpdates(pair, source, interval, answers);
  return { source, marks, points: flagged(withVolatility(pointsOf(answers)), marks) };
}

/** The episodes that alerts on the pair had, oldest first. */
export async function episodesOfPair(pair) {
  return episodesOf(await getPages(`/alerts/history?pair=${pair}&limit=${TRANSITIONS}`, "transitions", TRANSITION_PAGES));
}
