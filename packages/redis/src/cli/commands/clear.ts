import type { Cache } from '@keepsake/core';
import type { Arguments } from '../arguments.ts';
import { count, percent, plural } from '../format.ts';
import { EXIT, type Exit, Misuse } from '../misuse.ts';
import type { Output } from '../output.ts';
import type { Session } from '../session.ts';
import { RedisFailure } from '../../failure.ts';

/** Keys of one step: between two of them the progress is drawn. */
const BATCH = 1_000;

/** Deletes what matches, after it has said how much that is and been told to. */
export const clear = async (session: Session, args: Arguments, output: Output): Promise<Exit> => {
  const { isYes, isDryRun, operand } = args;
  const { terminal } = output;
  const mayAsk = terminal.isInteractive && !output.isJson;
  if (!isYes && !isDryRun && !mayAsk) {
    throw new Misuse('clear asks first, and nobody is there to answer: add --yes (or --dry-run)');
  }
  const { root, cache } = session.openCache();
  try {
    const matched = await countKeys(cache, operand, output);
    const what = `${plural(matched, 'key')} ${placeOf(session, args)}`;
    let deleted = 0;
    if (isDryRun) {
      if (!output.isJson) await output.lines(`would delete ${what}`);
    } else {
      if (!isYes && matched > 0 && !isAgreed(await terminal.ask(`Delete ${what}? [y/N] `))) {
        await output.lines('nothing deleted');
        return EXIT.found;
      }
      deleted = await remove(cache, operand, matched, output);
      if (!output.isJson) await output.lines(`deleted ${plural(deleted, 'key')} ${placeOf(session, args)}`);
    }
    if (output.isJson) await output.json({ pattern: operand ?? null, matched, deleted });
    return EXIT.fine;
  } finally {
    await root.close();
  }
};

/** Everything that is asked about before it is gone is named: which keys, of which cache, on which server. */
const placeOf = (session: Session, { operand, prefix, namespaces }: Arguments): string => {
  const which = operand === undefined ? '' : `that match ${operand} `;
  const inside = namespaces.length === 0 ? '' : `namespace ${namespaces.join(' > ')}, `;
  return `${which}(${inside}prefix ${prefix}, ${session.address})`;
};

const isAgreed = (answer: string): boolean => /^y(es)?$/i.test(answer.trim());

const countKeys = async (cache: Cache, pattern: string | undefined, output: Output): Promise<number> => {
  const seen = new Set<string>();
  for await (const key of cache.keys(pattern)) {
    seen.add(key);
    if (seen.size % BATCH === 0) await output.progress(`counting: ${count(seen.size)}`);
  }
  await output.progress('');
  return seen.size;
};

/**
 * Key by key first, so that progress can be told; then `clear`, for what came meanwhile and to end the fills
 * under way of keys that are not there yet.
 */
const remove = async (
  cache: Cache,
  pattern: string | undefined,
  matched: number,
  output: Output,
): Promise<number> => {
  let deleted = 0;
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    deleted += acknowledged(await cache.deleteMany(batch));
    batch = [];
    await output.progress(`deleted ${count(deleted)} of ${count(matched)} (${percent(deleted, matched)})`);
  };
  for await (const key of cache.keys(pattern)) {
    batch.push(key);
    if (batch.length >= BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  deleted += acknowledged(await cache.clear(pattern));
  await output.progress('');
  return deleted;
};

/** A cache puts off what the server does not do; a command must not say that it was done. */
const acknowledged = (done: { acknowledged: boolean; count: number | undefined }): number => {
  if (!done.acknowledged) {
    throw new RedisFailure(
      'ERR_UNAVAILABLE',
      'redis clear: the server stopped answering; not all is deleted',
    );
  }
  return done.count ?? 0;
};
