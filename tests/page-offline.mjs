// The page as it starts offline, on the bundled history: rates, the chart, an alert that is tried and created, channels.
import { spanOf } from "../crates/fx-api/page/trial-span.js";
import { chart, figures } from "./page-chart.mjs";
import { count, fill, LIVE, MID, press, quiet, ROWS, same, submit, text } from "./page-checks.mjs";
import { answered, posted } from "./page-service.mjs";

export async function offline(checks, page, url) {
  await page.open(`${url}/dashboard`);
  await rates(checks, page, url);
  await figures(checks, page, url);
  await chart(checks, page, url);
  await alerts(checks, page, url);
  await checks.check("no error in the console, no request elsewhere", () => quiet(page, url));
  await refusals(checks, page);
}

async function rates(checks, page, url) {
  await checks.check("36 pairs appear", () => page.until(`${ROWS} === 36`));
  await checks.check("the newest published figure arrives in its row", async () => {
    const { feeds } = await answered(`${url}/feeds`, (answer) => answer.feeds.some(({ state }) => state === "bundled"));
    const newest = feeds.find(({ state }) => state === "bundled").last_source_ts;
    const { published } = await answered(`${url}/rates/EURUSD`, (rate) => rate.source_ts === newest);
    await page.until(`${MID} === ${JSON.stringify(published.mid.toFixed(published.scale))}`);
  });
  await checks.check("stale and derived are told in words", async () => {
    same(await page.value(text('tr[data-pair="EURUSD"] .column-quality')), "stale");
    same(await page.value(text('tr[data-pair="USDJPY"] .column-quality')), "stalederived");
  });
  await checks.check("bundled history is called that", () =>
    page.until(`${text("#notice")}.includes("Nothing live has arrived yet. The rates below are the bundled history (ecb)")`));
  await checks.check("the stream is connected", () => page.until(LIVE));
  await checks.check("a search narrows the table", async () => {
    const search = (term) => `(() => { const box = document.querySelector("#search"); box.value = ${JSON.stringify(term)}; box.dispatchEvent(new Event("input")); })()`;
    await page.value(search("eur jpy"));
    await page.until(`${ROWS} === 1`);
    await page.value(search(""));
    await page.until(`${ROWS} === 36`);
  });
}

async function alerts(checks, page, url) {
  await checks.check("the form's fields follow the condition", async () => {
    await page.value(press("#alert-new"));
    await page.value(fill("#alert-form", { condition: "change_pct" }));
    same(await page.value(`[...document.querySelectorAll("#condition-fields [name]")].map(({ name }) => name).join()`), "percent,window,direction");
    await page.value(fill("#alert-form", { condition: "above" }));
    same(await page.value(`[...document.querySelectorAll("#condition-fields [name]")].map(({ name }) => name).join()`), "threshold");
  });
  await checks.check("a rule is tried on history, its episodes stand in the list and on the chart", async () => {
    await page.value(fill("#alert-form", { name: "page test", pair: "EUR/USD", threshold: "1.1", for: "10m" }));
    await page.value(`document.querySelector("#trial-span").value = "1826", ${press("#alert-try")}`);
    await page.until(`${text("#trial-said")}.startsWith("It would have fired") && ${count("#trial-chart .episode")} > 0`);
    const { rates: known } = await answered(`${url}/rates`, () => true);
    const rule = { pairs: ["EUR/USD"], condition: { kind: "above", threshold: 1.1 }, for: "10m" };
    const { episodes } = await posted(`${url}/alerts/backtest`, { ...rule, ...spanOf(known, rule.pairs, 1826, 0) });
    same(await page.value(count("#trial-episodes li")), episodes.length);
    same(await page.value(count("#trial-chart .episode")), episodes.length);
    await page.value(press("#trial-episodes button"));
    await page.until(`${text("#trial-chart .readout")}.startsWith(${JSON.stringify(episodes[0].fired_at.slice(0, 10))})`);
  });
  await checks.check("nothing of it was saved", async () => same((await answered(`${url}/alerts`, () => true)).count, 0));
  await checks.check("the form creates the alert", async () => {
    await page.value(`document.querySelector("#alert-form").requestSubmit()`);
    await page.until(`${text("#alert-rules")}.includes("page test") && !document.querySelector("#alert-editor").open`);
    const { alerts: all } = await answered(`${url}/alerts`, () => true);
    same(all.map(({ name, pairs, condition, for: held }) => [name, pairs, condition.kind, condition.threshold, held].join()).join("; "),
      "page test,EURUSD,above,1.1,10m");
  });
  await checks.check("a webhook's secret is shown when it is created", async () => {
    await page.value(submit("#channel-form", { name: "hook", target: "https://192.0.2.1/fx" }));
    await page.until(`${text("#channel-list")}.includes("hook") && ${text("#channel-said code")}.startsWith("whsec_")`);
    await page.value(`(window.confirm = () => true, ${press('#channel-list [data-deed="delete"]')})`);
    await page.until(`!${text("#channel-list")}.includes("hook") && !${text("#channel-said")}.includes("whsec_")`);
  });
}

// The browser calls a refused request an error, so these come last.
async function refusals(checks, page) {
  await checks.check("what the service refuses shows at its field", async () => {
    await page.value(press("#alert-new"));
    await page.value(submit("#alert-form", { name: "", pair: "EUR/USD", threshold: "1.25", for: "soon", cooldown: "never" }));
    await page.until(`${text("#alert-for-error")}.includes("soon") && ${text("#alert-cooldown-error")}.includes("never")`);
    same(await page.value(`document.querySelector("#alert-more").open && document.activeElement.id`), "alert-for");
  });
  await checks.check("a channel into this machine's network is refused at its field", async () => {
    await page.value(submit("#channel-form", { name: "inside", target: "http://127.0.0.1:9/fx" }));
    await page.until(`${text("#channel-target-error")}.includes("127.0.0.1")`);
  });
  await checks.check("an amount that is none shows what would be right", async () => {
    await page.value(submit("#convert-form", { amount: "1,5" }));
    await page.until(`${text("#convert-amount-error")}.includes("1,5") && ${text("#convert-result")} === ""`);
  });
}

/** The API's documentation, which has all it needs with it. */
export async function docs(checks, page, url) {
  await checks.check("the documentation of the API shows without any network", async () => {
    await page.open(`${url}/docs`);
    await page.until(`${count(".opblock")} > 10`);
    quiet(page, url);
  });
}
