/** What came of the races of one library. */
export interface Outcomes {
  readonly name: string;
  /** By race: what begins with `right`, what went wrong, or `-` where the library has no such thing. */
  readonly outcomes: Readonly<Record<string, string>>;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const verdict = (isRight: boolean, wrong: string): string => (isRight ? 'right' : wrong);

export const isAllRight = ({ outcomes }: Outcomes): boolean =>
  Object.values(outcomes).every((outcome) => outcome.startsWith('right'));

/** A race a line, a library a column. */
export const show = (title: string, results: readonly Outcomes[]): void => {
  console.log(`\n${title}`);
  const races = Object.keys(results[0]?.outcomes ?? {});
  console.table(
    Object.fromEntries(
      races.map((race) => [
        race,
        Object.fromEntries(results.map(({ name, outcomes }) => [name, outcomes[race] ?? '-'])),
      ]),
    ),
  );
};
