/** Where one tile lies in its list, in pixels. */
export interface Placed {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface JustifiedLayout {
  tiles: Placed[];
  height: number;
}

/** Panoramas and strips are cropped to these, or a single one would make a row of its own. */
const MIN_ASPECT = 0.5;
const MAX_ASPECT = 2.8;

/**
 * Justified rows: tiles keep their proportions, each row fills the width, at the height nearest to the
 * target that whole tiles allow; the last row stands at the target height, to the left. Greedy, one pass,
 * O(n): a row ends where one more tile would take it further from the target than it is.
 */
export function justify(
  aspects: readonly number[],
  width: number,
  target: number,
  gap: number,
): JustifiedLayout {
  const tiles: Placed[] = [];
  let row: number[] = [];
  let top = 0;
  const heightOf = (shares: readonly number[]): number =>
    (width - gap * (shares.length - 1)) / shares.reduce((sum, share) => sum + share, 0);
  const close = (height: number): void => {
    let left = 0;
    for (const share of row) {
      tiles.push({ left, top, width: share * height, height });
      left += share * height + gap;
    }
    top += height + gap;
    row = [];
  };
  for (const aspect of aspects) {
    const share = Math.min(MAX_ASPECT, Math.max(MIN_ASPECT, aspect || 1));
    const longer = heightOf([...row, share]);
    const asIs = row.length > 0 ? heightOf(row) : Infinity;
    if (longer < target && distance(asIs, target) < distance(longer, target)) close(asIs);
    row.push(share);
    const height = heightOf(row);
    if (height <= target && distance(height, target) < 0.1) close(height);
  }
  if (row.length > 0) close(Math.min(target, heightOf(row)));
  return { tiles, height: Math.max(0, top - gap) };
}

/** How far a row is from the target: half the height is as far as double. */
const distance = (height: number, target: number): number => Math.abs(Math.log(height / target));
