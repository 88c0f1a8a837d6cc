/** The miss ratios of LRU at every size, by exact stack distances (Mattson et al., 1970) over a Fenwick tree. */
export interface ExactCurve {
  readonly footprint: number;
  /** With room for `entries`, an integer from 0 to the footprint. */
  readonly at: (entries: number) => number;
}

export const exactLruCurve = (keys: Uint32Array, distinct: number): ExactCurve => {
  const length = keys.length;
  /** Counts, at each access that is the latest of its key, one. */
  const tree = new Int32Array(length + 1);
  const add = (access: number, by: number): void => {
    for (let node = access + 1; node <= length; node += node & -node) {
      tree[node] = (tree[node] as number) + by;
    }
  };
  const upTo = (access: number): number => {
    let sum = 0;
    for (let node = access + 1; node > 0; node &= node - 1) sum += tree[node] as number;
    return sum;
  };
  const latest = new Int32Array(distinct).fill(-1);
  const hitsAtDistance = new Float64Array(distinct);
  let seen = 0;
  keys.forEach((key, i) => {
    const former = latest[key] as number;
    if (former < 0) {
      seen += 1;
    } else {
      const others = seen - upTo(former);
      hitsAtDistance[others] = (hitsAtDistance[others] as number) + 1;
      add(former, -1);
    }
    add(i, 1);
    latest[key] = i;
  });
  const missRatios = new Float64Array(distinct + 1);
  let misses = length;
  missRatios[0] = 1;
  hitsAtDistance.forEach((hits, others) => {
    misses -= hits;
    missRatios[others + 1] = misses / length;
  });
  return { footprint: distinct, at: (entries) => missRatios[Math.min(entries, distinct)] as number };
};
