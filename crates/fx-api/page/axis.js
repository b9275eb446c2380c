// Where the ticks of an axis stand and what they say. No DOM in here.

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600].map((s) => s * SECOND);
const MONTHS = [1, 2, 3, 6, 12, 24, 60];
const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Round values (1, 2, 5 times a power of ten) within low..high, about `wanted` of them. */
export function valueTicks(low, high, wanted) {
  const rough = (high - low) / Math.max(wanted, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((candidate) => candidate >= rough) ?? 10 * power;
  const ticks = [];
  for (let at = Math.ceil(low / step); at * step <= high; at += 1) ticks.push(at * step);
  return { ticks, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

function monthTicks(from, to, months) {
  const ticks = [];
  const start = new Date(from);
  let at = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  for (let stamp = 0; ; at += months) {
    stamp = Date.UTC(Math.floor(at / 12), at % 12, 1);
    if (stamp > to) return ticks;
    if (stamp >= from) ticks.push(stamp);
  }
}

function label(stamp, step) {
  const date = new Date(stamp);
  const text = date.toISOString();
  if (step < 60 * SECOND) return text.slice(11, 19);
  if (step < DAY) return date.getUTCHours() + date.getUTCMinutes() === 0 ? `${date.getUTCDate()} ${MONTH_NAMES[date.getUTCMonth()]}` : text.slice(11, 16);
  if (step < 28 * DAY) return `${date.getUTCDate()} ${MONTH_NAMES[date.getUTCMonth()]}`;
  return date.getUTCMonth() === 0 || step > 360 * DAY ? String(date.getUTCFullYear()) : MONTH_NAMES[date.getUTCMonth()];
}

/** Round UTC times within from..to (milliseconds), at most about `wanted`, each with its label. */
export function timeTicks(from, to, wanted) {
  const rough = (to - from) / Math.max(wanted, 1);
  const step = STEPS.find((candidate) => candidate >= rough);
  if (step) {
    const ticks = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ at, label: label(at, step) });
    return ticks;
  }
  const months = MONTHS.find((candidate) => candidate * 30 * DAY >= rough) ?? MONTHS.at(-1);
  return monthTicks(from, to, months).map((at) => ({ at, label: label(at, months * 30 * DAY) }));
}
