const MINUS = "\u2212";
const NONE = "\u2013";
const grouped = new Map();

function decimals(digits, least) {
  const key = `${least} ${digits}`;
  if (!grouped.has(key)) {
    grouped.set(key, new Intl.NumberFormat("en-GB", { minimumFractionDigits: least, maximumFractionDigits: digits }));
  }
  return grouped.get(key);
}

/** `EURUSD` as `EUR/USD`; `*` and what is no pair stays as it is. */
export function pairName(id) {
  return /^[A-Z]{6}$/.test(id) ? `${id.slice(0, 3)}/${id.slice(3)}` : id;
}

/** Decimals of a rate: as published in this direction, else the pair's convention. */
export function digitsOf(rate) {
  if (rate.published && rate.published.pair === rate.pair && Number.isInteger(rate.published.scale)) {
    return Math.min(Math.max(rate.published.scale, 0), 15);
  }
  const convention = rate.quote === "JPY" ? 3 : 5;
  const size = Math.floor(Math.log10(Math.abs(rate.mid)));
  // A very small rate would lose its figures: it keeps five significant ones.
  return size < -3 && Number.isFinite(size) ? Math.min(4 - size, 15) : convention;
}

/** A value of a pair that is known by its id alone, such as an alert's; `` for none. */
export function pairValue(pair, value) {
  if (typeof value !== "number") return "";
  // How many were published is not known: the last of the convention's is left out where it says nothing.
  const digits = digitsOf({ pair, quote: pair.slice(3), mid: value });
  return decimal(value, digits, digits - 1);
}

/** A number with so many decimals, from `least` on where the others are zero; `–` for none. */
export function decimal(value, digits, least = digits) {
  if (!Number.isFinite(value)) return NONE;
  return decimals(digits, least).format(value).replace("-", MINUS);
}

/** A signed percentage: `+0.13 %`. */
export function change(percent) {
  if (!Number.isFinite(percent)) return NONE;
  const text = decimal(Math.abs(percent), 2);
  if (Number(text.replaceAll(",", "")) === 0) return `${text} %`;
  return `${percent > 0 ? "+" : MINUS}${text} %`;
}

/** A yearly volatility, given as a fraction. */
export function volatility(fraction) {
  return Number.isFinite(fraction) ? `${decimal(fraction * 100, 2)} %` : null;
}

/** How far rounding by the publisher can be off, in basis points. */
export function precision(bp) {
  if (!Number.isFinite(bp)) return NONE;
  return `\u00b1${decimal(bp, bp < 0.1 ? 3 : 2)}`;
}

const AGES = [[60, 1, "s"], [3600, 60, "min"], [172_800, 3600, "h"], [63_072_000, 86_400, "d"], [Infinity, 31_536_000, "y"]];

/** Seconds as the largest unit that still tells something: `12 s`, `4 min`, `23 d`. */
export function age(seconds) {
  if (!Number.isFinite(seconds)) return NONE;
  const whole = Math.max(0, seconds);
  const [, unit, name] = AGES.find(([limit]) => whole < limit) ?? AGES.at(-1);
  return `${Math.floor(whole / unit)} ${name}`;
}

/** An RFC 3339 time as `2026-10-30 15:00`, with seconds where there are any; null for none. */
export function time(stamp) {
  const date = new Date(stamp ?? NaN);
  if (Number.isNaN(date.getTime())) return null;
  const text = date.toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 17 + (date.getUTCSeconds() ? 2 : -1))}`;
}

/** As `time`, but only the hour where it is today. */
export function shortTime(stamp, now = new Date()) {
  const text = time(stamp);
  return text?.startsWith(now.toISOString().slice(0, 10)) ? text.slice(11) : text;
}

/** `crosses_up` as `crosses up`. */
export function words(name) {
  return String(name).replaceAll("_", " ");
}
