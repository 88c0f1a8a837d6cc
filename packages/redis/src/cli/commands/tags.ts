import type { Arguments } from '../arguments.ts';
import { duration, moment, plural } from '../format.ts';
import { EXIT, type Exit } from '../misuse.ts';
import { type Cell, oneLine, type Output } from '../output.ts';
import { readTagName, tagPattern, type TagName } from '../tag-name.ts';
import type { Session } from '../session.ts';
import { inBatches } from '../../batches.ts';
import { parseTagRecord } from '../../scripts/tags.ts';

/** A connection has so many calls under way and no more. */
const PAGE = 500;

interface TagRow extends TagName {
  /** Number of the last invalidation that deletes, and of the last that expires (0: never). */
  readonly deleted: number;
  readonly expired: number;
  readonly expiresInMs: number | null;
}

/** The records of tags: the first `--limit` with their numbers, and how many there are. */
export const tags = async (session: Session, args: Arguments, output: Output): Promise<Exit> => {
  const { keySpace, namespacePrefix } = session;
  const start = keySpace.tagRecord('');
  const pattern = escapeGlob(start) + escapeGlob(namespacePrefix) + tagPattern(args.operand ?? '*');
  const names = new Set<string>();
  for await (const page of session.scan(pattern)) {
    for (const name of page) names.add(name.slice(start.length));
    await output.progress(`found ${plural(names.size, 'tag')}`);
  }
  await output.progress('');
  const shown = [...names].sort().slice(0, args.limit);
  const rows: TagRow[] = [];
  for (const page of inBatches(shown, PAGE)) {
    const read = await Promise.all(page.map((name) => readTag(session, name)));
    rows.push(...read.filter((row) => row !== undefined));
  }
  if (output.isJson) {
    await output.json({ count: names.size, tags: rows });
    return EXIT.fine;
  }
  if (rows.length > 0) {
    const head = ['TAG', 'NAMESPACE', 'LAST INVALIDATED OR FIRST USED', 'NUMBER', 'EXPIRED AT', 'KEPT FOR'];
    await output.table([head.map((text): Cell => ({ text, style: 'dim' })), ...rows.map(cellsOf)]);
  }
  const rest = names.size > rows.length ? `; ${plural(rows.length, 'is', 'are')} shown (--limit)` : '';
  await output.note(`${plural(names.size, 'tag')}${rest}`);
  return EXIT.fine;
};

const readTag = async (session: Session, recordOf: string): Promise<TagRow | undefined> => {
  const name = session.keySpace.tagRecord(recordOf);
  // Another type of data there is no record.
  const [[bytes], ttl] = await Promise.all([
    session.call('MGET', name) as Promise<unknown[]>,
    session.call('PTTL', name),
  ]);
  const record = parseTagRecord(bytes);
  const ttlMs = Number(ttl);
  if (record === undefined) return undefined;
  return {
    ...readTagName(recordOf),
    deleted: record.removed,
    expired: record.expired,
    expiresInMs: ttlMs < 0 ? null : ttlMs,
  };
};

const cellsOf = ({ tag, namespace, deleted, expired, expiresInMs }: TagRow): Cell[] => [
  { text: oneLine(tag), style: 'cyan' },
  namespace === '' ? '-' : oneLine(namespace),
  moment(Math.max(deleted, expired) / 1_000),
  { text: String(deleted), style: 'dim' },
  { text: expired === 0 ? '-' : String(expired), style: 'dim' },
  { text: expiresInMs === null ? 'forever' : duration(expiresInMs), isRight: true },
];

const escapeGlob = (text: string): string => text.replace(/[*?[\]\\^-]/g, '\\$&');
