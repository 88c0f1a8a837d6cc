import type { Photo } from '../api/types.ts';
import { formatDay, formatMonth, parseDate } from '../format/dates.ts';

export interface PhotoGroup {
  key: string;
  title: string;
  photos: Photo[];
}

/** Days with fewer photos than this, on average, are gathered into months, and months into years. */
const FEWEST = 3;

type Span = 'day' | 'month' | 'year';

/** Newest first; photos without a date come last. */
export function groupByDate(photos: readonly Photo[], thisYear: number): PhotoGroup[] {
  const dated = photos.filter((photo) => parseDate(photo.takenAt));
  const undated = photos.filter((photo) => !parseDate(photo.takenAt));
  const groups = group(dated, spanFor(dated), thisYear);
  if (undated.length > 0) groups.push({ key: 'undated', title: 'Undated', photos: undated });
  return groups;
}

function spanFor(photos: readonly Photo[]): Span {
  for (const span of ['day', 'month'] as const) {
    const count = new Set(photos.map((photo) => keyOf(photo, span))).size;
    if (photos.length >= count * FEWEST) return span;
  }
  return 'year';
}

function group(photos: readonly Photo[], span: Span, thisYear: number): PhotoGroup[] {
  const groups = new Map<string, Photo[]>();
  const newestFirst = [...photos].sort((a, b) => (b.takenAt ?? '').localeCompare(a.takenAt ?? ''));
  for (const photo of newestFirst) {
    const key = keyOf(photo, span);
    const members = groups.get(key);
    if (members) members.push(photo);
    else groups.set(key, [photo]);
  }
  return [...groups].map(([key, members]) => ({
    key,
    title: titleOf(members, span, thisYear),
    photos: members,
  }));
}

function keyOf({ takenAt }: Photo, span: Span): string {
  const length = { day: 10, month: 7, year: 4 }[span];
  return (takenAt ?? '').slice(0, length);
}

function titleOf(photos: readonly Photo[], span: Span, thisYear: number): string {
  const date = parseDate(photos[0]?.takenAt ?? null);
  if (!date) return 'Undated';
  if (span === 'day') return formatDay(date, thisYear);
  return span === 'month' ? formatMonth(date) : String(date.getUTCFullYear());
}
