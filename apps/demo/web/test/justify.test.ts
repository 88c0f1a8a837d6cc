import { describe, expect, it } from 'vitest';
import { justify } from '../src/photos/justify.ts';

const WIDTH = 1153;
const TARGET = 216;
const GAP = 4;

/** Proportions as cameras make them, in an order that repeats only after a while. */
const aspects = Array.from(
  { length: 97 },
  (_, index) => [1.5, 0.75, 1.33, 1, 1.78, 0.67][(index * index) % 6] ?? 1,
);

describe('justified rows', () => {
  it('fill the width to the pixel, all but the last', () => {
    const { tiles } = justify(aspects, WIDTH, TARGET, GAP);
    const rows = Map.groupBy(tiles, (tile) => tile.top);
    const ends = [...rows.values()].map((row) => (row.at(-1)?.left ?? 0) + (row.at(-1)?.width ?? 0));
    for (const end of ends.slice(0, -1)) expect(end).toBeCloseTo(WIDTH, 6);
    expect(ends.at(-1)).toBeLessThanOrEqual(WIDTH + 1e-6);
  });

  it('stay near the target height', () => {
    const { tiles } = justify(aspects, WIDTH, TARGET, GAP);
    for (const { height } of tiles) {
      expect(height).toBeGreaterThan(TARGET * 0.7);
      expect(height).toBeLessThan(TARGET * 1.4);
    }
  });

  it('keep the proportions and the order of the photos', () => {
    const { tiles } = justify(aspects, WIDTH, TARGET, GAP);
    expect(tiles).toHaveLength(aspects.length);
    tiles.forEach((tile, index) => expect(tile.width / tile.height).toBeCloseTo(aspects[index] ?? 0, 6));
  });

  it('end at the height that is reserved for them', () => {
    const { tiles, height } = justify(aspects, WIDTH, TARGET, GAP);
    expect(Math.max(...tiles.map((tile) => tile.top + tile.height))).toBeCloseTo(height, 6);
  });

  it('never let one photo be higher than the target in the last row, nor wider than the window', () => {
    const [alone] = justify([0.75], WIDTH, TARGET, GAP).tiles;
    expect(alone).toEqual({ left: 0, top: 0, width: 162, height: TARGET });
    const [wide] = justify([9], 300, TARGET, GAP).tiles;
    expect(wide?.width).toBeLessThanOrEqual(300);
  });

  it('are empty without photos', () => {
    expect(justify([], WIDTH, TARGET, GAP)).toEqual({ tiles: [], height: 0 });
  });
});
