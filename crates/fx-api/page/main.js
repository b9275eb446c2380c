import { AlertForm } from "./alert-form.js";
import { Alerts } from "./alerts.js";
import { Detail } from "./detail.js";
import { Feeds } from "./feeds.js";
import { loadHealth, loadVersion } from "./health.js";
import { RatesPanel } from "./rates-panel.js";
import { setText } from "./dom.js";
import { follow, ratesOf } from "./stream.js";
import { bindTheme } from "./theme.js";

// Staleness and health change without an event: the page asks again this often.
const REFRESH_MS = 60_000;
const SECOND_MS = 1_000;

function announce(text) {
  document.querySelector("#announcer").textContent = text;
}

function showFiring(count) {
  const place = document.querySelector("#firing-signal");
  place.hidden = count === 0;
  place.dataset.state = "firing";
  setText(place, `▲ ${count} firing`);
  document.title = count ? `(${count}) fx-monitor` : "fx-monitor";
}

function showConnection(state) {
  const place = document.querySelector("#connection");
  place.dataset.state = state;
  setText(place, state);
}

bindTheme(document.querySelector("#theme"));
const panel = new RatesPanel((rates) => {
  form.offer(rates);
  detail.refresh();
});
const detail = new Detail(panel.book);
const alerts = new Alerts(announce, showFiring);
const form = new AlertForm((rule) => {
  alerts.add(rule);
  announce("Alert created.");
});
const feeds = new Feeds();

function loadAll() {
  panel.load();
  alerts.load();
  feeds.load();
  loadHealth();
}

const handlers = {
  rate: (data) => panel.merge(ratesOf(data)).forEach((rate) => detail.update(rate)),
  alert: (data) => alerts.transition(data),
  feed: (data) => feeds.update(data),
  snapshot: (data) => panel.merge(ratesOf(data)).forEach((rate) => detail.update(rate)),
  lagged: () => reload(),
  reset: () => reload(),
};

// Events were missed: what is shown may have gaps.
function reload() {
  panel.forgetTrends();
  detail.reload();
  loadAll();
}

let wasLive = false;
follow("/stream?events=rate,alert,feed", {
  onEvent: (name, data) => handlers[name](data),
  onState: (state) => {
    showConnection(state);
    if (state !== "live") return;
    if (wasLive) reload();
    wasLive = true;
  },
});

loadVersion();
loadAll();
detail.route();
setInterval(() => {
  panel.tick();
  detail.refresh();
}, SECOND_MS);
setInterval(() => {
  panel.load();
  feeds.load();
  loadHealth();
}, REFRESH_MS);
