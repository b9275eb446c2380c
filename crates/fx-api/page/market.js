// When the spot market is open: from Sunday 17:00 to Friday 17:00 New York time, but for two holidays. A trading day runs
// from 17:00 to 17:00 and bears the date of its end. No DOM in here.
import { age } from "./format.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HOLIDAYS = ["-01-01", "-12-25"];
const NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const CLOCK = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York", hourCycle: "h23",
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

// What New York's clocks show, as if it were UTC.
function newYork(at) {
  const parts = Object.fromEntries(CLOCK.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

// The trading day of a time, in days since 1970, and how far into it the time is.
function tradingDay(at) {
  const shifted = newYork(at) + 7 * HOUR;
  const day = Math.floor(shifted / DAY);
  return { day, into: shifted - day * DAY };
}

// 1970 began on a Thursday.
const isWeekday = (day) => (((day + 4) % 7) + 7) % 7 % 6 !== 0;
const isTradingDay = (day) => isWeekday(day) && !HOLIDAYS.some((holiday) => new Date(day * DAY).toISOString().slice(4, 10) === holiday);

/** Whether the market is open at `at`, in milliseconds. */
export function isOpen(at) {
  return isTradingDay(tradingDay(at).day);
}

// Trading days from 1970-01-05, a Monday, until before `day`, counted as far as anybody asked.
const counted = [0];
function tradingDaysBefore(day) {
  const wanted = Math.max(day - 4, 0);
  while (counted.length <= wanted) counted.push(counted.at(-1) + (isTradingDay(counted.length + 3) ? 1 : 0));
  return counted[wanted];
}

/** Open time since the first Monday of 1970 up to `at`, in milliseconds; it stands still while the market is closed. */
export function openMs(at) {
  const { day, into } = tradingDay(at);
  return tradingDaysBefore(day) * DAY + (isTradingDay(day) ? into : 0);
}

/** When the market opens or closes next after `at`. */
export function nextChange(at) {
  const wasOpen = isOpen(at);
  // The ends of this trading day and of those after it.
  for (let next = at - (at % 1000) + DAY - tradingDay(at).into; ; next += DAY) {
    // The clocks may have changed since: an hour early is late in the day before.
    const { into } = tradingDay(next);
    const end = next + (into > DAY / 2 ? DAY - into : -into);
    if (isOpen(end) !== wasOpen) return end;
  }
}

/** Whether it is open, and until when, in words. */
export function marketText(at) {
  const next = nextChange(at);
  const date = new Date(next);
  const when = `${NAMES[date.getUTCDay()]} ${date.toISOString().slice(11, 16)} UTC, in ${age((next - at) / 1000)}`;
  return isOpen(at) ? `market open, closes ${when}` : `market closed, opens ${when}`;
}
