import { AlertForm } from "./alert-form.js";
import { Alerts } from "./alerts.js";
import { Channels } from "./channels.js";
import { Detail } from "./detail.js";
import { Feeds } from "./feeds.js";
import { loadHealth, loadVersion } from "./health.js";
import { RatesPanel } from "./rates-panel.js";
import { html, setText } from "./dom.js";
import { follow, ratesOf } from "./stream.js";
import { bindTheme } from "./theme.js";

// Staleness, channels and health change without an event: the page asks again this often.
const REFRESH_MS = 60_000;
const SECOND_MS = 1_000;

const ANNOUNCED_KEPT = 5;

// A log, not one text: an alert that fires as it is created must not swallow one message with the other.
function announce(text) {
  const place = document.querySelector("#announcer");
  place.append(html("p", {}, text));
  while (place.childElementCount > ANNOUNCED_KEPT) place.firstElementChild.remove();
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
const form = new AlertForm(panel.book, (rule, isNew) => {
  alerts.put(rule, isNew);
  announce(isNew ? "Alert created." : "Alert changed.");
});
const alerts = new Alerts({ announce, onFiring: showFiring, onEdit: (id) => form.edit(id) });
const channels = new Channels((list) => form.offerChannels(list));
const feeds = new Feeds();

function loadAll() {
  panel.load();
  alerts.load();
  channels.load();
  feeds.load();
  loadHealth();
}

function take(rates) {
  panel.merge(rates).forEach((rate) => detail.update(rate));
  feeds.heard(rates);
}

const handlers = {
  rate: (data) => take(ratesOf(data)),
  alert: (data) => {
    alerts.transition(data);
    channels.heard();
  },
  feed: (data) => feeds.update(data),
  snapshot: (data) => take(ratesOf(data)),
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
alerts.route();
setInterval(() => {
  panel.tick();
  detail.refresh();
  feeds.tick();
}, SECOND_MS);
setInterval(() => {
  panel.load();
  channels.load();
  feeds.load();
  loadHealth();
}, REFRESH_MS);
