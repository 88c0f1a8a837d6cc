import { once } from 'node:events';

/** Warnings of this package, of one code, that come while something is done. */
export const warningsOf = async (code: string, work: () => Promise<unknown>): Promise<Error[]> => {
  const told: Error[] = [];
  const tell = (warning: Error & { code?: unknown }): void => {
    if (warning.code === code) told.push(warning);
  };
  process.on('warning', tell);
  try {
    await work();
    // Warnings come in their order, each in a turn of its own.
    const last = once(process, 'warning');
    process.emitWarning('the last one');
    await last;
  } finally {
    process.off('warning', tell);
  }
  return told;
};
