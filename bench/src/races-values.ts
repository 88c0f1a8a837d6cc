export type ValueName = 'a Date' | 'a Map' | 'a Set' | 'NaN' | 'a BigInt' | 'a Float32Array of 512';

/** Values that have to come back from Redis as they went in; both processes know them. */
export const VALUES: Readonly<Record<ValueName, unknown>> = {
  'a Date': new Date('2026-06-01T12:00:00.000Z'),
  'a Map': new Map([['a', 1]]),
  'a Set': new Set(['a', 'b']),
  NaN,
  'a BigInt': 12_345_678_901_234_567_890n,
  'a Float32Array of 512': Float32Array.from({ length: 512 }, (_, i) => Math.sin(i)),
};

export const VALUE_NAMES: readonly ValueName[] = Object.keys(VALUES) as ValueName[];

/** In a few words, for the table. */
export const describeValue = (value: unknown): string => {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name = value.constructor?.name ?? 'Object';
  return name === 'Object' ? `a plain object of ${Object.keys(value).length}` : `a ${name}`;
};
