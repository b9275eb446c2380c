import { get } from "./api.js";
import { facts, html, outsideLink, setText, show } from "./dom.js";
import { shortTime, words } from "./format.js";

// A shape beside the word: the state is readable without its colour.
const SIGNS = { live: "●", waiting: "○", backoff: "◐", down: "✕", bundled: "▤", replay: "▷" };

function list(object) {
  const entries = Object.entries(object ?? {}).filter(([, value]) => value !== null && value !== 0);
  return entries.length ? entries.map(([name, value]) => `${words(name)} ${value}`).join(", ") : null;
}

/** True once some feed has answered with rates of its own, beyond what came bundled. */
export function hasLive(feeds) {
  return feeds.some(({ kind, state, last_source_ts: stamp }) => kind !== "bundled" && state !== "bundled" && Boolean(stamp));
}

const newest = (feeds) => feeds.map(({ last_source_ts: stamp }) => stamp).filter(Boolean).sort().at(-1);

/** What the page must say plainly about where its rates come from, `known` being the newest of them; null when feeds are live. */
export function noticeOf(feeds, known = null) {
  const replays = feeds.filter(({ state }) => state === "replay");
  if (replays.length > 0) {
    return `Replay: these are recorded rates (${replays.map(({ name }) => name).join(", ")}). Nothing here is live.`;
  }
  if (!hasLive(feeds)) {
    const bundled = feeds.filter(({ kind, state }) => kind === "bundled" || state === "bundled");
    const until = shortTime(newest(bundled));
    if (until) return `Nothing live has arrived yet. The rates below are the bundled history (${bundled.map(({ name }) => name).join(", ")}), up to ${until} UTC.`;
    return known ? `Nothing live has arrived since the start. The rates below are from before it, up to ${shortTime(known)} UTC.` : "Nothing live has arrived yet. There is no bundled history either.";
  }
  if (!feeds.some(({ state }) => state === "live" || state === "waiting")) {
    return `No feed is live at the moment. The rates below are the last that arrived, up to ${shortTime(newest(feeds))} UTC.`;
  }
  return null;
}

/** How far a replay has come; null where there is none. It changes all the time, so it stands apart from the notice. */
export function replayTime(feeds) {
  const stamp = shortTime(newest(feeds.filter(({ state }) => state === "replay")));
  return stamp ? `Now at ${stamp} UTC.` : null;
}

function card(feed) {
  return html("li", { class: "card" },
    html("div", { class: "line" },
      html("span", {}, html("strong", {}, feed.name), html("span", { class: "quiet" }, ` ${words(feed.kind)}`)),
      html("span", { class: `tag feed-${feed.state}` }, `${SIGNS[feed.state] ?? "?"} ${words(feed.state)}`)),
    facts([
      ["Last polled", feed.state === "replay" ? null : (shortTime(feed.last_polled) ?? "never")],
      ["Last source time", shortTime(feed.last_source_ts) ?? "nothing yet"],
      ["Next poll", shortTime(feed.next_poll)],
      ["Last error", feed.last_error],
      ["Refused", list(feed.refused) ?? "none"],
      ["Quota", list(feed.quota)],
    ]));
}

/** The feeds' states, the notice above the rates and the attribution in the footer. */
export class Feeds {
  #feeds = new Map();
  #stale = false;
  // The newest source time of any rate.
  #known = null;

  async load() {
    try {
      const { feeds } = await get("/feeds");
      this.#feeds = new Map(feeds.map((feed) => [feed.name, feed]));
      this.#show();
    } catch (problem) {
      show(document.querySelector("#feed-list"), html("p", { class: "problem" }, `The feeds cannot be shown: ${problem.message}.`));
    }
  }

  /** `stream`, `table` or `bundled`; undefined while it is not known. */
  kindOf(source) {
    return this.#feeds.get(source)?.kind;
  }

  /** A live feed status. */
  update(feed) {
    if (!feed?.name) return;
    this.#feeds.set(feed.name, { ...this.#feeds.get(feed.name), ...feed });
    this.#show();
  }

  /** All rates that there are. */
  offer(rates) {
    this.#known = newest(rates.map(({ source_ts: stamp }) => ({ last_source_ts: stamp }))) ?? null;
    this.#stale = true;
  }

  /** Rates tell how far their feed has come, sooner than its status does. Bundled ones do not make a feed live. */
  heard(rates) {
    for (const { source, source_ts: stamp } of rates) {
      const feed = this.#feeds.get(source);
      if (!["live", "replay"].includes(feed?.state)) continue;
      if (feed.last_source_ts && Date.parse(stamp) <= Date.parse(feed.last_source_ts)) continue;
      this.#feeds.set(source, { ...feed, last_source_ts: stamp });
      this.#stale = true;
    }
  }

  /** Shows what was heard since. */
  tick() {
    if (this.#stale) this.#show();
  }

  #show() {
    this.#stale = false;
    const feeds = [...this.#feeds.values()];
    const live = feeds.filter(({ state }) => state === "live").length;
    setText(document.querySelector("#feeds-count"), feeds.length ? `${live} of ${feeds.length} live` : "");
    show(document.querySelector("#feed-list"), feeds.length
      ? html("ul", { class: "cards" }, ...feeds.map(card))
      : html("p", { class: "blank" }, "No feed is configured."));
    this.#notice(feeds);
    this.#attribute(feeds);
  }

  #notice(feeds) {
    const place = document.querySelector("#notice");
    const text = noticeOf(feeds, this.#known);
    place.hidden = !text;
    setText(document.querySelector("#notice-text"), text ?? "");
    setText(document.querySelector("#notice-time"), replayTime(feeds) ?? "");
  }

  #attribute(feeds) {
    const named = feeds.filter(({ attribution }) => attribution?.text);
    const links = named.map(({ attribution }) => html("span", { class: "source" }, outsideLink(attribution.text, attribution.url)));
    show(document.querySelector("#attribution"), ...links);
  }
}
