// The live page in a real browser, against the real service: first as it starts offline, then during a replay.
//   node tests/page.mjs FX_MONITOR CHROMIUM
import { once } from "node:events";
import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser } from "./page-browser.mjs";
import { answered, startService, writeReplay } from "./page-service.mjs";

const [program, chromium] = process.argv.slice(2);
// Nothing here takes that long unless it hangs.
const DEADLINE_MS = 120_000;

const scratch = mkdtempSync(join(tmpdir(), "fx-page-data-"));
const services = [];
let browser = null;
let passed = 0;
let failed = 0;
let current = "the start";

async function check(name, body) {
  current = name;
  try {
    await body();
    passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}

function same(value, wanted) {
  if (value !== wanted) throw new Error(`it is ${JSON.stringify(value)}, expected ${JSON.stringify(wanted)}`);
}

async function start(name, args = []) {
  const directory = join(scratch, name);
  mkdirSync(directory);
  const { child, url } = startService(program, directory, args);
  services.push(child);
  return url;
}

async function end() {
  clearTimeout(deadline);
  await Promise.all(services.map(async (child) => {
    if (child.kill("SIGKILL")) await once(child, "exit");
  }));
  await browser?.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 10 });
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

const text = (selector) => `(document.querySelector(${JSON.stringify(selector)})?.textContent ?? "")`;
const ROWS = `document.querySelectorAll("#rates-table tbody tr").length`;
const LIVE = `document.querySelector("#connection").dataset.state === "live"`;
const MID = text('tr[data-pair="EURUSD"] .column-mid');

/** Fills in the alert form and sends it. */
const submit = (values) => `(() => {
  document.querySelector("#alert-new").open = true;
  const form = document.querySelector("#alert-form");
  for (const [name, value] of Object.entries(${JSON.stringify(values)})) form.elements[name].value = value;
  form.requestSubmit();
})()`;

function quiet(page, url) {
  same(page.errors.join("; "), "");
  const elsewhere = page.requests.filter((address) => new URL(address).origin !== url);
  same(elsewhere.join(" "), "");
}

async function offline() {
  const url = await start("offline");
  await answered(`${url}/rates`, ({ count }) => count === 36);
  const page = await browser.page(1280, 900);
  await page.open(`${url}/dashboard`);
  await check("36 pairs appear", () => page.until(`${ROWS} === 36`));
  await check("the newest published figure arrives in its row", async () => {
    const { feeds } = await answered(`${url}/feeds`, (answer) => answer.feeds.some(({ state }) => state === "bundled"));
    const newest = feeds.find(({ state }) => state === "bundled").last_source_ts;
    const { published } = await answered(`${url}/rates/EURUSD`, (rate) => rate.source_ts === newest);
    await page.until(`${MID} === ${JSON.stringify(published.mid.toFixed(published.scale))}`);
  });
  await check("stale and derived are told in words", async () => {
    same(await page.value(text('tr[data-pair="EURUSD"] .column-quality')), "stale");
    same(await page.value(text('tr[data-pair="USDJPY"] .column-quality')), "stalederived");
  });
  await check("bundled history is called that", () =>
    page.until(`${text("#notice")}.includes("Nothing live has arrived yet. The rates below are the bundled history (ecb)")`));
  await check("the stream is connected", () => page.until(LIVE));
  await check("a search narrows the table", async () => {
    const search = (term) => `(() => { const box = document.querySelector("#search"); box.value = ${JSON.stringify(term)}; box.dispatchEvent(new Event("input")); })()`;
    await page.value(search("eur jpy"));
    await page.until(`${ROWS} === 1`);
    await page.value(search(""));
    await page.until(`${ROWS} === 36`);
  });
  await check("a row opens its chart", async () => {
    await page.value(`document.querySelector('tr[data-pair="EURUSD"] a').click()`);
    await page.until(`document.querySelector("#detail").open && document.querySelector("#detail .plot svg")`);
    await page.value(`document.querySelector("#detail-close").click()`);
    await page.until(`!document.querySelector("#detail").open`);
  });
  await check("the form creates an alert", async () => {
    await page.value(submit({ name: "page test", pair: "EUR/USD", threshold: "1.25", for: "10m" }));
    await page.until(`${text("#alert-rules")}.includes("page test")`);
    const { alerts } = await answered(`${url}/alerts`, () => true);
    same(alerts.map(({ name, pairs, condition, for: held }) => [name, pairs, condition.kind, condition.threshold, held].join()).join("; "),
      "page test,EURUSD,above,1.25,10m");
  });
  await check("at 360 px nothing scrolls sideways", async () => {
    await page.resize(360, 740);
    await page.until("innerWidth === 360");
    same(await page.value("Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"), 0);
  });
  await check("no error in the console, no request elsewhere", () => quiet(page, url));
  await check("what the service refuses shows at its field", async () => {
    await page.value(submit({ name: "", pair: "EUR/USD", threshold: "1.25", for: "soon" }));
    await page.until(`${text("#alert-for-error")}.includes("soon")`);
  });
}

async function replay() {
  const file = join(scratch, "replay.csv");
  writeReplay(file, 700);
  const url = await start("replay", ["--replay", file, "--speed", "400000"]);
  await answered(`${url}/rates`, ({ count }) => count > 0);
  const page = await browser.page(1280, 900);
  await page.open(`${url}/dashboard`);
  await check("a replay is called that", () => page.until(`${text("#notice")}.startsWith("Replay: these are recorded rates (ecb)")`));
  await check("rates change by themselves", async () => {
    for (const figure of ["1.11", "1.10", "1.11"]) await page.until(`${MID}.startsWith("${figure}")`);
  });
  await check("an alert fires on the page", async () => {
    await page.value(submit({ name: "fires", pair: "EUR/USD", threshold: "1.105" }));
    await page.until(`${text("#announcer")}.includes("Alert firing: fires, EUR/USD")`);
    await page.until(`document.querySelector("#alert-history .state-firing")`);
  });
  await check("and is deleted there", async () => {
    await page.value(`(window.confirm = () => true, document.querySelector("#alert-rules [data-delete]").click())`);
    await page.until(`!document.querySelector("#alert-rules [data-delete]")`);
    same((await answered(`${url}/alerts`, () => true)).count, 0);
  });
  await check("no error in the console, no request elsewhere, in a replay", () => quiet(page, url));
}

async function giveUp(reason) {
  failed += 1;
  console.log(`FAILED  ${current}: ${reason}`);
  await end();
}

const deadline = setTimeout(() => giveUp(`not done after ${DEADLINE_MS / 1000} s`), DEADLINE_MS);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => giveUp(`stopped by ${signal}`));

try {
  browser = new Browser(chromium);
  await offline();
  await replay();
} catch (error) {
  failed += 1;
  console.log(`FAILED  after ${current}: ${error.message}`);
}
await end();
