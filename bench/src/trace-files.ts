/** Real traces: each file of a folder is one. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { numbered, type Trace } from './traces.ts';

/**
 * The traces of a folder, in order of their names. `.bin` and `.i32`: a key is a little-endian int32. Any other
 * file is text with a key a line; empty lines count for nothing. Hidden files and folders are left out.
 */
export const readTraces = (folder: string): Trace[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((one) => one.isFile() && !one.name.startsWith('.'))
    .map((one) => one.name)
    .sort()
    .map((name) => ({ name: basename(name), kind: 'file', ...numbered(readKeys(join(folder, name))) }));

const readKeys = (path: string): ArrayLike<number> => {
  const content = readFileSync(path);
  const isBinary = ['.bin', '.i32'].includes(extname(path));
  if (isBinary && content.length % 4 !== 0) throw new Error(`${path}: its length is no multiple of 4`);
  if (isBinary) return Array.from({ length: content.length / 4 }, (_, i) => content.readInt32LE(i * 4));
  const numbers = new Map<string, number>();
  const lines = content.toString('utf8').split(/\r?\n/);
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const known = numbers.get(line) ?? numbers.size;
      if (known === numbers.size) numbers.set(line, known);
      return known;
    });
};
