import { AlertForm } from "./alert-form.js";
import { Alerts } from "./alerts.js";
import { Channels } from "./channels.js";
import { Converter } from "./converter.js";
import { Detail } from "./detail.js";
import { Feeds } from "./feeds.js";
import { loadHealth, loadVersion } from "./health.js";
import { RatesPanel } from "./rates-panel.js";
import { html } from "./dom.js";
import { bindKeyForm } from "./key-form.js";
import { Connection, showFiring, showMarket } from "./signals.js";
import { ratesOf, Stream } from "./stream.js";
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

bindTheme(document.querySelector("#theme"));
const feeds = new Feeds();
const converter = new Converter();
const panel = new RatesPanel((rates) => {
  form.offer(rates);
  converter.offer(rates);
  feeds.offer(rates);
  detail.refresh();
});
const detail = new Detail(panel.book, (source) => feeds.kindOf(source));
const form = new AlertForm(panel.book, (rule, isNew) => {
  alerts.put(rule, isNew);
  announce(isNew ? "Alert created." : "Alert changed.");
});
const alerts = new Alerts({ announce, onFiring: showFiring, onEdit: (id) => form.edit(id) });
const channels = new Channels((list) => form.offerChannels(list));

function loadAll() {
  panel.load();
  alerts.load();
  channels.load();
  feeds.load();
  converter.load();
  loadHealth();
}

function take(rates) {
  panel.merge(rates).forEach((rate) => detail.update(rate));
  feeds.heard(rates);
  converter.heard(rates);
}

const handlers = {
  rate: (data) => take(ratesOf(data)),
  alert: (data) => {
    alerts.transition(data);
    detail.transition(data);
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
const stream = new Stream("/stream?events=rate,alert,feed", {
  onEvent: (name, data) => handlers[name]?.(data),
  onHeard: () => connection.heard(),
  onState: (state, refusal) => {
    connection.show(state, refusal);
    if (state !== "live") return;
    if (wasLive) reload();
    wasLive = true;
  },
});
const connection = new Connection(() => stream.retry());
bindKeyForm(() => {
  stream.retry();
  reload();
});

showMarket(Date.now());
stream.run();
loadVersion();
loadAll();
detail.route();
alerts.route();
setInterval(() => {
  panel.tick();
  detail.refresh();
  feeds.tick();
  showMarket(Date.now());
}, SECOND_MS);
setInterval(() => {
  panel.load();
  channels.load();
  feeds.load();
  loadHealth();
}, REFRESH_MS);
