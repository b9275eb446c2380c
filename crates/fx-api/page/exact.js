// Figures whose every digit counts, as text: a number of JavaScript keeps about sixteen. No DOM in here.

/** The digits of the number under `name` in a flat JSON object's text; null where there is none. */
export function digitsIn(text, name) {
  const found = new RegExp(`"${name}":\\s*(-?[0-9][0-9.eE+-]*)`).exec(text);
  return found ? found[1] : null;
}

/** A rate without the last digits that come of reckoning: those that were published are no more than 15. */
export function rateText(text) {
  const isReckoned = text.replace(/^0\.0*|\./, "").length > 15;
  return grouped(isReckoned ? String(Number(Number(text).toPrecision(12))) : text);
}

/** A plain decimal with its thousands apart; anything else as it is. */
export function grouped(text) {
  const parts = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (!parts) return text;
  const [, sign, whole, rest = ""] = parts;
  return `${sign ? "\u2212" : ""}${whole.replaceAll(/\B(?=(\d{3})+$)/g, ",")}${rest}`;
}

/** The same with at least so many digits after the point, as money is written. */
export function money(text, digits) {
  if (!Number.isInteger(digits) || !/^-?\d+(\.\d+)?$/.test(text)) return grouped(text);
  const [whole, rest = ""] = text.split(".");
  const filled = rest.padEnd(digits, "0");
  return grouped(filled ? `${whole}.${filled}` : whole);
}
