/** Policies as their papers give them, on integer keys and without a store: what ours are held against. */

export interface Policy {
  /** An access: whether the key was there. It is afterwards, if the policy lets it in. */
  request(key: number): boolean;
}

/** Integers first in, first out, at most `capacity` of them at once. */
class Ring {
  readonly #items: Int32Array;
  #head = 0;
  size = 0;

  constructor(capacity: number) {
    this.#items = new Int32Array(capacity + 1);
  }

  push(item: number): void {
    this.#items[(this.#head + this.size) % this.#items.length] = item;
    this.size += 1;
  }

  shift(): number {
    const item = this.#items[this.#head] as number;
    this.#head = (this.#head + 1) % this.#items.length;
    this.size -= 1;
    return item;
  }
}

/** Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023, algorithm 1. */
export const s3FifoReference = (capacity: number, distinct: number, promoteAt: number): Policy => {
  const smallRoom = Math.max(1, Math.floor(capacity / 10));
  const ghostRoom = Math.max(1, capacity - smallRoom);
  const small = new Ring(capacity);
  const main = new Ring(capacity);
  const ghost = new Ring(ghostRoom);
  const isIn = new Uint8Array(distinct);
  const hits = new Uint8Array(distinct);
  /** How often a key stands in the ghost's queue, and whether the latest of them counts. */
  const ghosts = new Uint32Array(distinct);
  const isGhost = new Uint8Array(distinct);

  const remember = (key: number): void => {
    if (ghost.size === ghostRoom) {
      const oldest = ghost.shift();
      ghosts[oldest] = (ghosts[oldest] as number) - 1;
      if (ghosts[oldest] === 0) isGhost[oldest] = 0;
    }
    ghost.push(key);
    ghosts[key] = (ghosts[key] as number) + 1;
    isGhost[key] = 1;
  };
  const evictFromMain = (): void => {
    for (;;) {
      const key = main.shift();
      if (hits[key] === 0) {
        isIn[key] = 0;
        return;
      }
      hits[key] = (hits[key] as number) - 1;
      main.push(key);
    }
  };
  const evictFromSmall = (): boolean => {
    while (small.size > 0) {
      const key = small.shift();
      if ((hits[key] as number) < promoteAt) {
        isIn[key] = 0;
        remember(key);
        return true;
      }
      hits[key] = 0;
      main.push(key);
    }
    return false;
  };
  return {
    request: (key) => {
      if (isIn[key] === 1) {
        hits[key] = Math.min(3, (hits[key] as number) + 1);
        return true;
      }
      if (small.size + main.size === capacity) {
        const isDone = (small.size >= smallRoom || main.size === 0) && evictFromSmall();
        if (!isDone) evictFromMain();
      }
      (isGhost[key] === 1 ? main : small).push(key);
      isGhost[key] = 0;
      isIn[key] = 1;
      hits[key] = 0;
      return false;
    },
  };
};

/** Lists of keys, newest and oldest end, a key in one of them at most. */
class KeyLists {
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  readonly #distinct: number;
  /** By key: the list that it is in, or 0. */
  readonly listOf: Uint8Array;
  readonly sizes: number[] = [0, 0, 0, 0, 0];

  constructor(distinct: number) {
    this.#distinct = distinct;
    this.#newer = Int32Array.from({ length: distinct + 5 }, (_, i) => i);
    this.#older = Int32Array.from({ length: distinct + 5 }, (_, i) => i);
    this.listOf = new Uint8Array(distinct);
  }

  oldest(list: number): number {
    return this.#newer[this.#distinct + list] as number;
  }

  /** Makes the key the newest of a list; 0 takes it out of all. */
  move(key: number, list: number): void {
    const from = this.listOf[key] as number;
    if (from > 0) {
      const newer = this.#newer[key] as number;
      const older = this.#older[key] as number;
      this.#newer[older] = newer;
      this.#older[newer] = older;
      this.sizes[from] = (this.sizes[from] as number) - 1;
    }
    this.listOf[key] = list;
    if (list === 0) return;
    const head = this.#distinct + list;
    const newest = this.#older[head] as number;
    this.#newer[newest] = key;
    this.#older[key] = newest;
    this.#newer[key] = head;
    this.#older[head] = key;
    this.sizes[list] = (this.sizes[list] as number) + 1;
  }
}

const [T1, T2, B1, B2] = [1, 2, 3, 4];

/** Megiddo, Modha: "ARC: a self-tuning, low overhead replacement cache", FAST 2003, figure 4. */
export const arcReference = (capacity: number, distinct: number): Policy => {
  const lists = new KeyLists(distinct);
  const size = (list: number): number => lists.sizes[list] as number;
  let target = 0;

  const replace = (isInB2: boolean): void => {
    const fromFirst = size(T1) > 0 && (size(T1) > target || (isInB2 && size(T1) === target));
    if (fromFirst) lists.move(lists.oldest(T1), B1);
    else lists.move(lists.oldest(T2), B2);
  };
  const makeRoom = (): void => {
    if (size(T1) + size(B1) === capacity) {
      if (size(T1) < capacity) {
        lists.move(lists.oldest(B1), 0);
        replace(false);
      } else {
        lists.move(lists.oldest(T1), 0);
      }
      return;
    }
    const total = size(T1) + size(T2) + size(B1) + size(B2);
    if (total < capacity) return;
    if (total === 2 * capacity) lists.move(lists.oldest(B2), 0);
    replace(false);
  };
  return {
    request: (key) => {
      const list = lists.listOf[key] as number;
      if (list === T1 || list === T2) {
        lists.move(key, T2);
        return true;
      }
      if (list === B1 || list === B2) {
        const step = list === B1 ? size(B2) / size(B1) : -size(B1) / size(B2);
        target = Math.min(capacity, Math.max(0, target + Math.sign(step) * Math.max(1, Math.abs(step))));
        replace(list === B2);
        lists.move(key, T2);
      } else {
        makeRoom();
        lists.move(key, T1);
      }
      return false;
    },
  };
};
