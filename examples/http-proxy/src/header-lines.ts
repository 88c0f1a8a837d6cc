/** RFC 9110 7.6.1: fields that belong to one connection; so do those that Connection names. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Name and value by turns, as in Node's `rawHeaders`: names as they were written, duplicate lines kept. */
export type HeaderLines = readonly string[];

export const pairsOf = (lines: HeaderLines): (readonly [name: string, value: string])[] =>
  Array.from({ length: lines.length >> 1 }, (_, i) => [lines[2 * i] ?? '', lines[2 * i + 1] ?? '']);

export const valueOf = (lines: HeaderLines, name: string): string | undefined =>
  pairsOf(lines).find(([own]) => own.toLowerCase() === name)?.[1];

/** The lines that go on to the other side. */
export const endToEnd = (lines: HeaderLines, ...besides: readonly string[]): string[] => {
  const pairs = pairsOf(lines);
  const named = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map((name) => name.trim())
    // Every request has it (RFC 9112 3.2), whatever it says of it.
    .filter((name) => name !== 'host');
  const dropped = new Set([...HOP_BY_HOP, ...named, ...besides]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase())).flat();
};
