// The line to the service: lost and found again, and a service that wants a key.
import { clean } from "./page-axe.mjs";
import { count, fill, LIVE, press, ROWS, same, submit, text } from "./page-checks.mjs";

/** The service goes away and comes back: `stop()` ends it, `start()` starts it again at the same address. */
export async function lost(checks, page, url, { stop, start, modules }) {
  await page.open(`${url}/dashboard`);
  await page.until(`${ROWS} > 0 && ${LIVE}`);
  await checks.check("a lost line is told, with the time of the last news", async () => {
    await stop();
    await page.until(`document.querySelector("#connection").dataset.state === "disconnected"`);
    same(await page.value(`/What is shown is as of \\d\\d:\\d\\d:\\d\\d UTC/.test(${text("#offline-text")})`), true);
    same(await page.value(ROWS) > 0, true);
    await clean(page, modules);
  });
  await checks.check("a request that fails says so", async () => {
    await page.value(press("#alert-new"));
    await page.value(submit("#alert-form", { pair: "EUR/USD", threshold: "1.1" }));
    await page.until(`${text("#alert-form [data-general]")}.includes("the service does not answer")`);
    await page.value(press("#alert-editor [data-close]"));
  });
  await checks.check("it is found again by a press", async () => {
    await start();
    await page.value(press("#reconnect"));
    await page.until(`${LIVE} && document.querySelector("#offline").hidden && !document.querySelector("#feed-list .problem")`);
  });
}

/** A service that knows one key. */
export async function keyed(checks, page, url, { key, modules }) {
  await page.open(`${url}/dashboard`);
  const give = (given) => `(document.querySelector("#access-key").value = ${JSON.stringify(given)}, document.querySelector("#access-form").requestSubmit())`;
  await checks.check("a service that wants a key has the page ask for one", async () => {
    await page.until(`document.querySelector("#access")?.open && document.activeElement.id === "access-key"`);
    same(await page.value(`(({ type, autocomplete, name }) => [type, autocomplete, name].join())(document.querySelector("#access-key"))`), "password,off,");
    same(await page.value(ROWS), 0);
  });
  await checks.check("a key that is refused is told", async () => {
    await page.value(give("fxk_wrong"));
    await page.until(`document.querySelector("#access").open && !document.querySelector("#access-refused").hidden`);
    await clean(page, modules);
  });
  await checks.check("who gives none is told what is missing", async () => {
    await page.value(press("#access [data-close]"));
    await page.until(`!document.querySelector("#access").open && ${count("#rates-state .problem")} === 1 && ${count("#feed-list .problem")} === 1`);
    await page.until(`${text("#offline-text")}.startsWith("The service refuses its live events: an API key is needed")`);
  });
  await checks.check("with the key all of it is there", async () => {
    await page.value(press("#access-open"));
    await page.until(`document.querySelector("#access").open`);
    await page.value(give(key));
    await page.until(`!document.querySelector("#access").open && ${ROWS} === 36 && ${LIVE}`);
    await page.until(`${text("#alert-rules")}.includes("No alerts yet") && ${count("#feed-list .card")} > 0`);
  });
  await checks.check("a key may write", async () => {
    await page.value(press("#alert-new"));
    await page.value(`${fill("#alert-form", { name: "keyed", pair: "EUR/USD", threshold: "9" })}, document.querySelector("#alert-form").requestSubmit()`);
    await page.until(`${text("#alert-rules")}.includes("keyed")`);
  });
  await checks.check("the key is kept in no storage, no address and no element", async () => {
    same(await page.value(`JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML, document.querySelector("#access-key").value]).includes(${JSON.stringify(key)})`), false);
    same(page.requests.some((address) => address.includes(key)), false);
  });
}
