/** Times are shown as the camera wrote them: a photo of noon says noon, wherever it is looked at. */
const timeZone = 'UTC';
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone });
const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone });
const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone });
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

export function parseDate(text: string | null): Date | undefined {
  if (text === null) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** "Saturday, 14 June", with the year where it is not `thisYear`. */
export function formatDay(date: Date, thisYear: number): string {
  return `${weekday.format(date)}, ${(date.getUTCFullYear() === thisYear ? day : short).format(date)}`;
}

export const formatMonth = (date: Date): string => month.format(date);
export const formatShort = (date: Date): string => short.format(date);
export const formatMoment = (date: Date): string =>
  `${weekday.format(date)}, ${short.format(date)}, ${time.format(date)}`;
/** The visitor's own clock: "14:32". */
export const formatClock = (date: Date): string => clock.format(date);
