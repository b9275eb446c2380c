// Loaded before the first paint, so that a chosen theme does not flash.
const THEMES = ["system", "light", "dark"];
const KEY = "fx-monitor-theme";

// Storage may be refused (private windows, policies): then the choice lasts as long as the page.
function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Nothing to do: the page works the same, it only forgets.
  }
}

function apply(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

let current = THEMES.includes(stored()) ? stored() : "system";
apply(current);

/** Makes `button` step through the themes and say which one is on. */
export function bindTheme(button) {
  button.textContent = `Theme: ${current}`;
  button.addEventListener("click", () => {
    current = THEMES[(THEMES.indexOf(current) + 1) % THEMES.length];
    apply(current);
    keep(current);
    button.textContent = `Theme: ${current}`;
  });
}
