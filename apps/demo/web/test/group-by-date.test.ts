import { describe, expect, it } from 'vitest';
import type { Photo } from '../src/api/types.ts';
import { groupByDate } from '../src/photos/group-by-date.ts';

const photoOf = (takenAt: string | null, index: number): Photo => ({
  id: `${takenAt ?? 'none'}-${index}`,
  albumId: 'a',
  fileName: `${index}.jpg`,
  width: 3,
  height: 2,
  takenAt,
  downloads: 0,
  faces: [],
});

const titles = (dates: readonly (string | null)[]): string[] =>
  groupByDate(dates.map(photoOf), 2026).map(({ title, photos }) => `${title}: ${photos.length}`);

describe('photos by date', () => {
  it('stand by day where days are full, newest first', () => {
    const day = (date: string): string[] =>
      ['T08:00:00Z', 'T09:30:00Z', 'T23:59:00Z'].map((time) => date + time);
    expect(titles([...day('2025-12-31'), ...day('2026-06-14')])).toEqual([
      'Sunday, 14 June: 3',
      'Wednesday, 31 December 2025: 3',
    ]);
  });

  it('stand by month where days are thin, and by year where months are', () => {
    const thin = ['2026-06-01T10:00:00Z', '2026-06-09T10:00:00Z', '2026-06-20T10:00:00Z'];
    expect(titles(thin)).toEqual(['June 2026: 3']);
    expect(titles(['2026-06-01T10:00:00Z', '2026-02-01T10:00:00Z', '2014-08-09T10:00:00Z'])).toEqual([
      '2026: 2',
      '2014: 1',
    ]);
  });

  it('come last without a date, and lose none', () => {
    expect(titles([null, '2026-06-01T10:00:00Z', 'no date'])).toEqual(['2026: 1', 'Undated: 2']);
  });
});
