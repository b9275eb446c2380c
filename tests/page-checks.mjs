// What the page's checks are made of: counting them, and the expressions that ask a page.

/** Runs checks one after the other and counts them. */
export class Checks {
  passed = 0;
  failed = 0;
  current = "the start";

  async check(name, body) {
    this.current = name;
    try {
      await body();
      this.passed += 1;
      console.log(`ok      ${name}`);
    } catch (error) {
      this.fail(`${name}: ${error.message}`);
    }
  }

  fail(text) {
    this.failed += 1;
    console.log(`FAILED  ${text}`);
  }
}

export function same(value, wanted) {
  if (value !== wanted) throw new Error(`it is ${JSON.stringify(value)}, expected ${JSON.stringify(wanted)}`);
}

export const text = (selector) => `(document.querySelector(${JSON.stringify(selector)})?.textContent ?? "")`;
export const count = (selector) => `document.querySelectorAll(${JSON.stringify(selector)}).length`;
export const press = (selector) => `document.querySelector(${JSON.stringify(selector)}).click()`;
export const ROWS = count("#rates-table tbody tr");
export const LIVE = `document.querySelector("#connection").dataset.state === "live"`;
export const MID = text('tr[data-pair="EURUSD"] .column-mid');

/** Fills in a form, one field after the other. */
export const fill = (selector, values) => `(() => {
  const form = document.querySelector(${JSON.stringify(selector)});
  for (const [name, value] of Object.entries(${JSON.stringify(values)})) {
    form.elements[name].value = value;
    form.elements[name].dispatchEvent(new Event("change", { bubbles: true }));
  }
})()`;

/** Fills in a form and sends it. */
export const submit = (selector, values) => `${fill(selector, values)}, document.querySelector(${JSON.stringify(selector)}).requestSubmit()`;

/** Nothing went wrong in the page, and it asked nobody else. */
export function quiet(page, url) {
  same(page.errors.join("; "), "");
  // The browser draws its own controls from data.
  const elsewhere = page.requests.filter((address) => !address.startsWith("data:") && new URL(address).origin !== url);
  same(elsewhere.join(" "), "");
}
