/** How a request reads and fills, and how a write invalidates. */
export interface Subject {
  get(): Promise<unknown>;
  set(value: unknown): Promise<unknown>;
  invalidate(): Promise<unknown>;
}

type Step = () => Promise<unknown>;

/** Get; on a miss query the database, then set. */
const request = (subject: Subject, database: { value: string }): Step[] => {
  let hit: unknown;
  let queried: unknown;
  return [
    async () => (hit = await subject.get()),
    async () => (queried = database.value),
    async () => hit === undefined && subject.set(queried),
  ];
};

const update = (subject: Subject, database: { value: string }): Step[] => [
  async () => (database.value = 'new'),
  async () => subject.invalidate(),
];

/** Every order in which the steps of several actors can be mixed: for each step, whose turn it is. */
export const orders = (lengths: readonly number[]): number[][] => {
  if (lengths.every((length) => length === 0)) return [[]];
  return lengths.flatMap((left, actor) =>
    left === 0 ? [] : orders(lengths.with(actor, left - 1)).map((rest) => [actor, ...rest]),
  );
};

/** Runs two requests and perhaps an update in one order; gives what the cache says in the end. */
export const play = async (order: readonly number[], make: () => Subject): Promise<unknown> => {
  const subject = make();
  const database = { value: 'old' };
  const actors = [request(subject, database), request(subject, database), update(subject, database)];
  for (const actor of order) await actors[actor]?.shift()?.();
  return subject.get();
};

/** 560 of them. */
export const WITH_UPDATE: readonly (readonly number[])[] = orders([3, 3, 2]);
