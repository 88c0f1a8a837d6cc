/**
 * HTTP dates, RFC 9110 5.6.7: exactly three forms, names in any case, and nothing else. `Date.parse` takes
 * zones, missing commas and whatever else, and what it takes differs between engines.
 */
const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const LONG_DAY = '(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)';
const MONTH = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)';
const TIME = '(\\d{2}):(\\d{2}):(\\d{2})';
const IMF_FIXDATE = new RegExp(`^${DAY}, (\\d{2}) ${MONTH} (\\d{4}) ${TIME} gmt$`, 'i');
const RFC_850 = new RegExp(`^${LONG_DAY}, (\\d{2})-${MONTH}-(\\d{2}) ${TIME} gmt$`, 'i');
const ASCTIME = new RegExp(`^${DAY} ${MONTH} (\\d{2}| \\d) ${TIME} (\\d{4})$`, 'i');
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Milliseconds since the epoch; undefined for anything that is no HTTP date. */
export const parseHttpDate = (text: string, nowMs: number): number | undefined => {
  const fixed = IMF_FIXDATE.exec(text);
  if (fixed) return toEpochMs(fixed[3], fixed[2], fixed[1], fixed.slice(4, 7));
  const old = RFC_850.exec(text);
  if (old) return toEpochMs(String(fullYear(Number(old[3]), nowMs)), old[2], old[1], old.slice(4, 7));
  const asc = ASCTIME.exec(text);
  return asc ? toEpochMs(asc[6], asc[1], asc[2], asc.slice(3, 6)) : undefined;
};

/** The preferred form, IMF-fixdate. */
export const formatHttpDate = (epochMs: number): string => new Date(epochMs).toUTCString();

/** RFC 9110 5.6.7: a two-digit year over 50 years ahead is the latest such year in the past. */
const fullYear = (twoDigits: number, nowMs: number): number => {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
};

const toEpochMs = (
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  time: readonly string[],
): number | undefined => {
  const [hours = 99, minutes = 99, seconds = 99] = time.map(Number);
  const monthIndex = MONTHS.indexOf((month ?? '').toLowerCase());
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), monthIndex, Number(day));
  if (date.getUTCMonth() !== monthIndex || date.getUTCDate() !== Number(day)) return undefined;
  // A leap second counts as the second before it.
  date.setUTCHours(hours, minutes, Math.min(seconds, 59));
  return date.getTime();
};
