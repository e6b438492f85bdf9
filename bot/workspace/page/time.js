// Instants shown as a person reads them: in their own time zone, and Slack's date tokens.

const HALF_A_YEAR = 183 * 86400;
/** @type {Map<string, Intl.DateTimeFormat>} making one is slow, so each is made once */
const formats = new Map();

/** @param {string} tz @param {Intl.DateTimeFormatOptions} options */
function format(tz, options) {
  const key = tz + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    try {
      made = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: tz || "UTC" });
    } catch {
      made = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
    }
    formats.set(key, made);
  }
  return made;
}

/** @typedef {{year: number, month: number, day: number, hour: number, minute: number,
 *             second: number, weekday: string, monthName: string}} Parts */

/** The wall clock of a zone at an instant. @param {number} seconds @returns {Parts} */
function partsOf(seconds, tz) {
  const found = format(tz, {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
    weekday: "long",
  }).formatToParts(new Date(seconds * 1000));
  const pick = (type) => found.find((part) => part.type === type)?.value ?? "0";
  const month = Number(pick("month"));
  return {
    year: Number(pick("year")),
    month,
    day: Number(pick("day")),
    hour: Number(pick("hour")),
    minute: Number(pick("minute")),
    second: Number(pick("second")),
    weekday: pick("weekday"),
    monthName: MONTHS[month - 1],
  };
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const two = (number) => String(number).padStart(2, "0");

/** Seconds since 1970 of a Slack `ts`. @param {string} ts */
export function secondsOf(ts) {
  return Number.parseFloat(ts) || 0;
}

/** "09:30" @param {number} seconds */
export function timeOf(seconds, tz) {
  const at = partsOf(seconds, tz);
  return `${two(at.hour)}:${two(at.minute)}`;
}

/** "09:30:12.345", for the inspector. @param {string} iso */
export function preciseTime(iso, tz) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const at = partsOf(date.getTime() / 1000, tz);
  const thousandths = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(at.hour)}:${two(at.minute)}:${two(at.second)}.${thousandths}`;
}

/** "Monday, 23 November 2026 at 09:30:12 (Europe/Berlin)", for the title of a time. */
export function fullDate(seconds, tz) {
  const at = partsOf(seconds, tz);
  return (
    `${at.weekday}, ${at.day} ${at.monthName} ${at.year} at ` +
    `${two(at.hour)}:${two(at.minute)}:${two(at.second)} (${tz || "UTC"})`
  );
}

/** A key that is the same for one calendar day of a zone. */
export function dayKey(seconds, tz) {
  const at = partsOf(seconds, tz);
  return `${at.year}-${two(at.month)}-${two(at.day)}`;
}

/** "Today", "Yesterday" or "Monday, November 23rd". */
export function dayTitle(seconds, tz, now = Date.now() / 1000) {
  return relativeDay(seconds, tz, now, true) ?? dateWords(seconds, tz, now, { weekday: true });
}

function relativeDay(seconds, tz, now, capital) {
  const day = dayKey(seconds, tz);
  const names = [
    [0, "today"],
    [-86400, "yesterday"],
    [86400, "tomorrow"],
  ];
  const hit = names.find(([shift]) => dayKey(now + Number(shift), tz) === day);
  if (!hit) return null;
  const name = String(hit[1]);
  return capital ? name[0].toUpperCase() + name.slice(1) : name;
}

function ordinal(day) {
  if (day % 100 >= 11 && day % 100 <= 13) return `${day}th`;
  return day + (["th", "st", "nd", "rd"][day % 10] ?? "th");
}

/** Slack leaves the year out within half a year. */
function dateWords(seconds, tz, now, { weekday = false, short = false, year = false } = {}) {
  const at = partsOf(seconds, tz);
  const withYear = year || Math.abs(now - seconds) > HALF_A_YEAR;
  const month = short ? at.monthName.slice(0, 3) : at.monthName;
  const day = short ? String(at.day) : ordinal(at.day);
  return (weekday ? `${at.weekday}, ` : "") + `${month} ${day}` + (withYear ? `, ${at.year}` : "");
}

/** "3 minutes ago", "in 2 hours". */
function ago(seconds, now = Date.now() / 1000) {
  const away = now - seconds;
  const size = Math.abs(away);
  if (size < 45) return away >= 0 ? "just now" : "in a moment";
  const units = [
    [60, 3600, "minute"],
    [3600, 86400, "hour"],
    [86400, 30 * 86400, "day"],
    [30 * 86400, 365 * 86400, "month"],
    [365 * 86400, Infinity, "year"],
  ];
  const [unit, , name] = units.find(([, limit]) => size < Number(limit)) ?? units[4];
  const count = Math.max(1, Math.round(size / Number(unit)));
  const words = `${count} ${name}${count === 1 ? "" : "s"}`;
  return away >= 0 ? `${words} ago` : `in ${words}`;
}

/**
 * Fill Slack's date tokens: {date_num} {date} {date_short} {date_long} {date_pretty} …
 * @param {number} seconds @param {string} pattern @param {string} tz
 */
export function fillDateTokens(seconds, pattern, tz, now = Date.now() / 1000) {
  const at = partsOf(seconds, tz);
  const pretty = (options) =>
    relativeDay(seconds, tz, now, false) ?? dateWords(seconds, tz, now, options);
  /** @type {Record<string, () => string>} */
  const tokens = {
    date_num: () => `${at.year}-${two(at.month)}-${two(at.day)}`,
    date_slash: () => `${at.month}/${at.day}/${at.year}`,
    date: () => dateWords(seconds, tz, now),
    date_short: () => dateWords(seconds, tz, now, { short: true }),
    date_long: () => dateWords(seconds, tz, now, { weekday: true }),
    date_long_full: () => dateWords(seconds, tz, now, { weekday: true, year: true }),
    date_pretty: () => pretty({}),
    date_short_pretty: () => pretty({ short: true }),
    date_long_pretty: () => pretty({ weekday: true }),
    day_divider_pretty: () => dayTitle(seconds, tz, now),
    time: () => `${two(at.hour)}:${two(at.minute)}`,
    time_secs: () => `${two(at.hour)}:${two(at.minute)}:${two(at.second)}`,
    ago: () => ago(seconds, now),
  };
  return pattern.replace(/\{([a-z_]+)\}/g, (whole, name) => tokens[name]?.() ?? whole);
}

/** The instant at which the wall clock of a zone shows "2026-11-23T09:30". @returns {number|null} */
export function instantOf(local, tz) {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/.exec(local);
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1).map(Number);
  const wanted = Date.UTC(year, month - 1, day, hour, minute) / 1000;
  let guess = wanted;
  // Twice: the first correction may cross a clock change, the second lands.
  for (let turn = 0; turn < 2; turn += 1) {
    const at = partsOf(guess, tz);
    const shown = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute) / 1000;
    guess += wanted - shown;
  }
  return guess;
}

/** "2026-11-23T09:30" as a zone's wall clock shows an instant. */
export function wallClock(seconds, tz) {
  const at = partsOf(seconds, tz);
  return `${at.year}-${two(at.month)}-${two(at.day)}T${two(at.hour)}:${two(at.minute)}`;
}
