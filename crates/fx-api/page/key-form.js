import { askForKey, whenKeyIsWanted } from "./access.js";

const dialog = document.querySelector("#access");
const form = document.querySelector("#access-form");
const input = document.querySelector("#access-key");
const refusal = document.querySelector("#access-refused");

function ask(wasRefused) {
  document.querySelector("#access-open").hidden = false;
  refusal.hidden = !wasRefused;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "given" ? input.value.trim() : "";
      // It stands in memory from here on, not in the document.
      input.value = "";
      resolve(given || null);
    }, { once: true });
  });
}

/** Opens the form where the service wants a key; `onGiven()` after somebody has given one by the button. */
export function bindKeyForm(onGiven) {
  whenKeyIsWanted(ask);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close("given");
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  document.querySelector("#access-open").addEventListener("click", async () => {
    if (await askForKey()) onGiven();
  });
}
