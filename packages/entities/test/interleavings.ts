/** How a request reads and fills, how a write invalidates, and what a reader would be served. */
export interface Subject {
  get(): Promise<unknown>;
  set(value: unknown): Promise<unknown>;
  invalidate(): Promise<unknown>;
  /** Looks without being a reader that will set. */
  look(): Promise<unknown>;
}

/** What changes: each update counts its version up. */
interface Source {
  version: number;
}

type Step = () => Promise<unknown>;
type Actor = (subject: Subject, source: Source) => Step[];

/** Get; on a miss query the source, then set. */
export const request: Actor = (subject, source) => {
  let hit: unknown;
  let queried: unknown;
  return [
    async () => (hit = await subject.get()),
    async () => (queried = source.version),
    async () => hit === undefined && subject.set(queried),
  ];
};

/** A reader that never sets: its query fails, or it only wanted to know. */
export const peek: Actor = (subject) => [async () => subject.get()];

export const update: Actor = (subject, source) => [
  async () => (source.version += 1),
  async () => subject.invalidate(),
];

/** Invalidates, and stores what it has written. */
export const updateThrough: Actor = (subject, source) => {
  let written: unknown;
  return [
    async () => (written = source.version += 1),
    async () => subject.invalidate(),
    async () => subject.set(written),
  ];
};

/** Stores what it has written, and relies on that alone. */
export const writeThrough: Actor = (subject, source) => {
  let written: unknown;
  return [async () => (written = source.version += 1), async () => subject.set(written)];
};

/** Every order in which the steps of several actors can be mixed: for each step, whose turn it is. */
export const orders = (lengths: readonly number[]): number[][] => {
  if (lengths.every((length) => length === 0)) return [[]];
  return lengths.flatMap((left, actor) =>
    left === 0 ? [] : orders(lengths.with(actor, left - 1)).map((rest) => [actor, ...rest]),
  );
};

export interface Course {
  /** What the cache says in the end. */
  readonly served: unknown;
  readonly isStaleInTheEnd: boolean;
  /** An older value was stored when, or after, the last writer had done all its steps. */
  readonly isEverStale: boolean;
}

/** Runs the actors in one order. Writers are the last of them, from index `firstWriter` on. */
export const play = async (
  order: readonly number[],
  cast: readonly Actor[],
  firstWriter: number,
  subject: Subject,
): Promise<Course> => {
  const source: Source = { version: 0 };
  const actors = cast.map((actor) => actor(subject, source));
  let isEverStale = false;
  for (const turn of order) {
    await actors[turn]?.shift()?.();
    if (actors.slice(firstWriter).some((writer) => writer.length > 0)) continue;
    const seen = await subject.look();
    isEverStale ||= seen !== undefined && seen !== source.version;
  }
  const served = await subject.look();
  return { served, isStaleInTheEnd: served !== undefined && served !== source.version, isEverStale };
};

/** All orders of a cast. */
export const ordersOf = (cast: readonly Actor[]): number[][] => {
  const nobody: Subject = { get: idle, set: idle, invalidate: idle, look: idle };
  return orders(cast.map((actor) => actor(nobody, { version: 0 }).length));
};

const idle = async (): Promise<unknown> => undefined;
