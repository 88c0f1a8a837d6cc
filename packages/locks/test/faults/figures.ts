/** A busy machine may take this many times what a gate allows. */
export const FACTOR = 3;

/** Prints what a row measured: the guide to locks quotes it. */
export const tell = (row: string, figures: Readonly<Record<string, number | string>>): void => {
  const parts = Object.entries(figures).map(
    ([name, figure]) => `${name} ${typeof figure === 'number' ? Math.round(figure * 100) / 100 : figure}`,
  );
  process.stdout.write(`${row}: ${parts.join(', ')}\n`);
};
