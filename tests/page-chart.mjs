// The chart of a pair, the converter, and the market's hours.
import { count, fill, press, same, text } from "./page-checks.mjs";
import { answered } from "./page-service.mjs";

const BUTTON = (key) => `[...document.querySelectorAll("#detail .choice button")].find(({ value }) => value === "${key}")`;
const PRESSED = (key) => `${BUTTON(key)}.getAttribute("aria-pressed") === "true"`;
const DRAWN = `!document.querySelector("#detail .chart").hidden && !document.querySelector("#detail .chart[aria-busy]")`;
const SAID = text("#detail .readout");

export async function chart(checks, page, url) {
  await checks.check("a row opens its chart", async () => {
    await page.value(`document.querySelector('tr[data-pair="EURUSD"] a').focus()`);
    await page.key("Enter");
    await page.until(`document.querySelector("#detail").open && document.querySelector("#detail .plot svg")`);
  });
  await checks.check("each range has its candles, and its volatility below", async () => {
    for (const key of ["1d", "1w", "1m", "5y", "all", "1y"]) {
      await page.value(`${BUTTON(key)}.click()`);
      await page.until(`${PRESSED(key)} && ${DRAWN}`);
    }
    const { candles } = await answered(`${url}/rates/EURUSD/candles?interval=1d`, () => true);
    const newest = Date.parse(candles.at(-1).start);
    const year = candles.filter(({ start }) => newest - Date.parse(start) < 365 * 86_400_000);
    await page.until(`${text("#detail .chart")}.includes("${year.length} candles of 1d")`);
    same(await page.value(count("#detail .plot .volatility")), 1);
  });
  await checks.check("it is drawn as candles too", async () => {
    await page.value(`${BUTTON("candles")}.click()`);
    await page.until(`${count("#detail .plot .candles")} === 2 && ${SAID}.includes("close")`);
    await page.value(`${BUTTON("line")}.click()`);
    await page.until(`${count("#detail .plot .line")} === 1`);
  });
  await checks.check("keys move the crosshair and say what it is on", async () => {
    await page.value(`document.querySelector("#detail .plot").focus()`);
    await page.key("Home");
    await page.until(`${count("#detail .marks circle")} === 1`);
    const first = await page.value(SAID);
    await page.key("ArrowRight");
    await page.until(`${SAID} !== ${JSON.stringify(first)} && ${SAID} === document.querySelector("#detail .plot").getAttribute("aria-valuetext")`);
    await page.key("ArrowLeft");
    await page.until(`${SAID} === ${JSON.stringify(first)}`);
  });
  await checks.check("Escape closes it, and the focus is back at its row", async () => {
    await page.key("Escape");
    await page.until(`!document.querySelector("#detail").open && location.hash === ""`);
    same(await page.value(`document.activeElement.closest("tr").dataset.pair`), "EURUSD");
  });
}

export async function figures(checks, page, url) {
  await checks.check("columns sort by key, and say so", async () => {
    const heading = `document.querySelector('#rates-table th[data-key="mid"]')`;
    await page.value(`${heading}.querySelector("button").focus()`);
    await page.key("Enter");
    await page.until(`${heading}.getAttribute("aria-sort") === "descending"`);
    const { rates } = await answered(`${url}/rates`, () => true);
    const highest = rates.reduce((most, rate) => (rate.mid > most.mid ? rate : most));
    same(await page.value(`document.querySelector("#rates-table tbody tr").dataset.pair`), highest.pair);
    for (let pressed = 0; pressed < 2; pressed += 1) await page.key("Enter");
    await page.until(`${heading}.getAttribute("aria-sort") === "none"`);
  });
  await checks.check("an amount is converted as the service does it", async () => {
    await page.value(`${fill("#convert-form", { amount: "1234.5", from: "EUR", to: "JPY" })}, document.querySelector("#convert-form").requestSubmit()`);
    const { result } = await answered(`${url}/convert?from=EUR&to=JPY&amount=1234.5`, () => true);
    await page.until(`${text("#convert-result")} === "1,234.50 EUR = ${result.toLocaleString("en-GB")} JPY"`);
    await page.value(press("#convert-swap"));
    await page.until(`${text("#convert-result")}.startsWith("1,234.5 JPY = ")`);
  });
  await checks.check("the market's hours are told", async () => {
    await page.until(`/^market (open, closes|closed, opens) [A-Z][a-z]+day \\d\\d:00 UTC, in /.test(${text("#market")})`);
  });
}
