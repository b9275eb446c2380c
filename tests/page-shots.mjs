// Pictures of the page in both themes and two widths, for people to look at; nothing in them may scroll sideways.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { press, same } from "./page-checks.mjs";

const SIZES = [[360, 740], [1280, 900]];
const VIEWS = {
  dashboard: { of: "html" },
  chart: { of: "#detail", opens: 'tr[data-pair="EURUSD"] a', until: `document.querySelector("#detail .plot svg")`, closes: "#detail-close" },
  form: { of: "#alert-editor", opens: "#alert-new", until: `document.querySelector("#alert-editor").open`, closes: "#alert-editor [data-close]" },
  alert: { of: "#alert", opens: "#alert-rules .name", until: `document.querySelector("#alert").open`, closes: "#alert [data-close]" },
};

export async function shots(checks, page, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [width, height] of SIZES) {
    await page.resize(width, height);
    await page.until(`innerWidth === ${width}`);
    for (const [name, { of, opens, until, closes }] of Object.entries(VIEWS)) {
      await checks.check(`${name} fits ${width} px, in both themes`, async () => {
        if (opens) {
          await page.value(press(opens));
          await page.until(until);
        }
        for (const theme of ["light", "dark"]) {
          await page.theme(theme);
          writeFileSync(join(folder, `${name}-${theme}-${width}.png`), await page.shot(!opens));
        }
        same(await page.value(`Math.max(0, document.querySelector("${of}").scrollWidth - document.querySelector("${of}").clientWidth)`), 0);
        if (closes) await page.value(press(closes));
      });
    }
  }
}
