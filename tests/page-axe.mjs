// The page looked over by axe-core: whatever it calls a violation of WCAG 2.2 AA, or of its best practices.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { press, same } from "./page-checks.mjs";

const THEMES = ["light", "dark"];

/** Has axe-core (in `modules`) look at the page as it stands. */
export async function clean(page, modules) {
  if (!(await page.value("Boolean(window.axe)"))) await page.value(`${readFileSync(join(modules, "axe-core", "axe.min.js"), "utf8")}; true`);
  const found = await page.value(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) =>
    id + ": " + nodes.slice(0, 3).map(({ target, failureSummary }) => target.join(" ") + " " + failureSummary).join(" | ") + " of " + nodes.length))`);
  same(found.join("; "), "");
}

/** What can be opened on the page: by what it is opened, when it is there, and by what it is closed. */
const PARTS = {
  "the dashboard": {},
  "a pair with its chart": { opens: 'tr[data-pair="EURUSD"] a', until: `document.querySelector("#detail .plot svg")`, closes: "#detail-close" },
  "the form of an alert": { opens: "#alert-new", until: `document.querySelector("#alert-editor").open`, closes: "#alert-editor [data-close]" },
  "an alert": { opens: "#alert-rules .name", until: `document.querySelector("#alert").open`, closes: "#alert [data-close]" },
};

/** The same in both themes, closed and with the page's dialogs. */
export async function accessible(checks, page, modules) {
  await page.value(`for (const fold of document.querySelectorAll("details")) fold.open = true`);
  for (const theme of THEMES) {
    await page.theme(theme);
    for (const [name, { opens, until, closes }] of Object.entries(PARTS)) {
      await checks.check(`axe-core finds nothing wrong: ${name}, ${theme}`, async () => {
        if (opens) {
          await page.value(press(opens));
          await page.until(until);
        }
        await clean(page, modules);
        if (closes) await page.value(press(closes));
      });
    }
  }
}
