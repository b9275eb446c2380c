// The page during a replay: what changes by itself, an alert that is tried, created, fires, and what people do about it.
import { clean } from "./page-axe.mjs";
import { count, fill, MID, press, quiet, same, text } from "./page-checks.mjs";
import { answered } from "./page-service.mjs";

const CARD = (name, what) => `[...document.querySelectorAll("#alert-rules .card")].find((card) => card.querySelector(".name").textContent === ${JSON.stringify(name)})?.querySelector(${JSON.stringify(what)})`;

// What people write is text, whatever it looks like.
const STAYS = "<b>stays</b><img src=x onerror=fail()>";
const NOTE = "<script>fail()</script> & so on";

export async function replay(checks, page, url) {
  await page.open(`${url}/dashboard`);
  await checks.check("a replay is called that", () => page.until(`${text("#notice")}.startsWith("Replay: these are recorded rates (ecb)")`));
  await checks.check("rates change by themselves", async () => {
    for (const figure of ["1.11", "1.10", "1.11"]) await page.until(`${MID}.startsWith("${figure}")`);
  });
  await fires(checks, page, url);
  await people(checks, page, url);
  await checks.check("alerts are deleted there", async () => {
    await page.value(`window.confirm = () => true`);
    for (const name of ["fires", STAYS]) {
      await page.value(`${CARD(name, '[data-deed="delete"]')}.click()`);
      await page.until(`!${CARD(name, ".name")}`);
    }
    same((await answered(`${url}/alerts`, () => true)).count, 0);
  });
  await checks.check("no error in the console, no request elsewhere, in a replay", () => quiet(page, url));
}

async function fires(checks, page) {
  await checks.check("an alert is tried on what was replayed", async () => {
    await page.value(press("#alert-new"));
    await page.value(fill("#alert-form", { name: "fires", pair: "EUR/USD", threshold: "1.105" }));
    await page.value(press("#alert-try"));
    await page.until(`${count("#trial-chart .episode")} > 0 && ${count("#trial-episodes li")} === ${count("#trial-chart .episode")}`);
  });
  await checks.check("it is created, and fires on the page", async () => {
    await page.value(`document.querySelector("#alert-form").requestSubmit()`);
    await page.until(`${text("#announcer")}.includes("Alert firing: fires, EUR/USD")`);
    await page.until(`document.querySelector("#alert-history .state-firing")`);
  });
}

async function people(checks, page, url) {
  const stays = async (wanted) => answered(`${url}/alerts`, ({ alerts }) => alerts.some((alert) => alert.name === STAYS && wanted(alert)));
  await checks.check("an alert is told through a channel of the page, and who was told is shown", async () => {
    await page.value(`${fill("#channel-form", { name: "log", kind: "file", target: "alerts.jsonl" })}, document.querySelector("#channel-form").requestSubmit()`);
    await page.until(`document.querySelector('#alert-channels [value="log"]')`);
    await page.value(press("#alert-new"));
    await page.value(fill("#alert-form", { name: STAYS, note: NOTE, pair: "EUR/USD", threshold: "1.05" }));
    await page.value(`${press('#alert-channels [value="log"]')}, document.querySelector("#alert-form").requestSubmit()`);
    await page.until(`${CARD(STAYS, ".state-firing")}`);
    await page.value(`${CARD(STAYS, ".name")}.click()`);
    await page.until(`document.querySelector("#alert").open && document.querySelector("#alert-deliveries .delivery-delivered")`);
  });
  await checks.check("markup in names and notes is shown as text", async () => {
    same(await page.value(text("#alert-title")), STAYS);
    await page.until(`${text("#alert-rule")}.includes(${JSON.stringify(NOTE)}) && ${text("#alert-history")}.includes(${JSON.stringify(STAYS)})`);
    same(await page.value(count("main img, main b, dialog img, dialog b, dialog script")), 0);
  });
  await checks.check("the pair's chart shows the episode", async () => {
    await page.value(`location.hash = "#/EURUSD"`);
    await page.until(`document.querySelector("#detail").open && ${count("#detail .plot .episode")} > 0`);
    await page.until(`[...document.querySelectorAll("#detail li")].some(({ textContent: said }) => said.startsWith(${JSON.stringify(`${STAYS}: fired at 1.1`)}) && said.endsWith("still open"))`);
    await page.value(press("#detail-close"));
    await page.until(`!document.querySelector("#detail").open`);
    await page.value(`${CARD(STAYS, ".name")}.click()`);
  });
  await checks.check("it is acknowledged there", async () => {
    await page.value(`${press("#alert [data-close]")}`);
    await page.until(`!document.querySelector("#alert").open`);
    await page.value(`${CARD(STAYS, '[data-deed="acknowledge"]')}.click()`);
    await page.until(`document.activeElement === document.querySelector("#acknowledge").elements.by`);
    await page.value(`${fill("#acknowledge", { by: "ann", comment: "on it" })}, document.querySelector("#acknowledge").requestSubmit()`);
    await page.until(`${CARD(STAYS, ".state-acknowledged")} && document.querySelector("#acknowledge").hidden`);
    await page.until(`document.querySelector("#alert-timeline .state-acknowledged") && ${text("#alert-timeline")}.includes("ann has taken note: on it")`);
    await stays(({ states: [{ state, acknowledged }] }) => state === "acknowledged" && acknowledged.by === "ann" && acknowledged.comment === "on it");
  });
  await checks.check("snoozed, and resumed", async () => {
    await page.value(press('#snooze [value="1h"]'));
    await page.until(`document.querySelector("#snooze").hidden && ${CARD(STAYS, ".state-snoozed")}`);
    await stays(({ snoozed_until: until }) => Date.parse(until) > Date.now());
    await page.value(press("#resume button"));
    await page.until(`document.querySelector("#resume").hidden && ${CARD(STAYS, ".state-acknowledged")}`);
    await stays(({ snoozed_until: until }) => until === null);
  });
  await checks.check("and changed", async () => {
    await page.value(press("#alert-edit"));
    await page.until(`document.querySelector("#alert-editor").open`);
    same(await page.value(`[...document.querySelectorAll("#alert-channels :checked")].map(({ value }) => value).join()`), "log");
    await page.value(`${fill("#alert-form", { severity: "critical" })}, document.querySelector("#alert-form").requestSubmit()`);
    await page.until(`!document.querySelector("#alert-editor").open && document.querySelector("#alert-rules .severity-critical")`);
    await stays(({ severity, condition }) => severity === "critical" && condition.threshold === 1.05);
  });
}

/** A replay that has ended on a figure that is held, and on one that is unusual. */
export async function flags(checks, page, url, modules) {
  const quality = (pair) => text(`tr[data-pair="${pair}"] .column-quality`);
  await page.open(`${url}/dashboard`);
  await checks.check("held and unusual are told in words", () =>
    page.until(`${quality("EURUSD")}.includes("held") && ${quality("EURCHF")}.includes("unusual") && ${MID}.startsWith("1.1")`));
  await checks.check("axe-core finds nothing wrong with their tags", async () => {
    await page.theme("light");
    await clean(page, modules);
    await page.theme("dark");
    await clean(page, modules);
  });
  await checks.check("they can be shown alone", async () => {
    const show = (kind) => page.value(`(() => { const list = document.querySelector("#show"); list.value = "${kind}"; list.dispatchEvent(new Event("change")); })()`);
    await show("flagged");
    const { rates } = await answered(`${url}/rates`, () => true);
    const wanted = rates.filter(({ held, quality: is }) => held || is !== "ok").length;
    await page.until(`${count("#rates-table tbody tr")} === ${wanted}`);
    await show("all");
  });
  await checks.check("a held figure stands beside the accepted one", async () => {
    await page.value(`location.hash = "#/EURUSD"`);
    await page.until(`${text("#detail .held-note")}.includes("11.05") && ${text("#detail .held-note")}.includes("counts nowhere")`);
    await page.until(`${count("#detail .plot .flagged.suspect")} === 1`);
  });
  await checks.check("an unusual one is marked on the chart", async () => {
    await page.value(`location.hash = "#/EURCHF"`);
    await page.until(`${text("#detail-title")} === "EUR/CHF" && ${count("#detail .plot .flagged.unusual")} === 1`);
    await page.until(`${text("#detail .readout")}.endsWith(", unusual")`);
    await clean(page, modules);
  });
}
