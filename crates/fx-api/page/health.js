import { get, getAny } from "./api.js";
import { html, setText, show } from "./dom.js";
import { shortTime } from "./format.js";

const SIGNS = { ok: "●", degraded: "◐", down: "✕" };

function signal(status) {
  const place = document.querySelector("#health-signal");
  place.dataset.state = status;
  setText(place, `health: ${status}`);
}

function line([name, { status, since, detail }]) {
  return html("li", {},
    html("span", { class: "line" },
      html("span", {}, name),
      html("span", { class: `tag health-${status}` }, `${SIGNS[status] ?? "?"} ${status}`)),
    html("span", { class: "quiet" }, [since ? `since ${shortTime(since)}` : null, detail].filter(Boolean).join(": ")));
}

/** Asks for the health and shows it. */
export async function loadHealth() {
  const place = document.querySelector("#health-list");
  try {
    const { status, components } = await getAny("/health", [503]);
    signal(status);
    show(place, html("ul", { class: "states" }, ...Object.entries(components ?? {}).map(line)));
  } catch (problem) {
    signal("unknown");
    show(place, html("p", { class: "problem" }, `The health is not known: ${problem.message}.`));
  }
}

/** Names the running version in the footer. */
export async function loadVersion() {
  try {
    const { name, version } = await get("/");
    setText(document.querySelector("#version"), `${name} ${version} ·`);
  } catch {
    // Decoration only.
  }
}
