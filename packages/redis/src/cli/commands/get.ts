import { inspect } from 'node:util';
import type { Arguments } from '../arguments.ts';
import { bytes, duration, milliseconds } from '../format.ts';
import { EXIT, type Exit } from '../misuse.ts';
import { oneLine, type Output, type Style } from '../output.ts';
import { readTagName } from '../tag-name.ts';
import type { Session } from '../session.ts';
import { jsonCodec } from '../../wire/json-codec.ts';
import { type EntryView, viewEntry } from '../entry-view.ts';

const VALUE_LENGTH = 4_000;

/** One entry, decoded. */
export const get = async (session: Session, args: Arguments, output: Output): Promise<Exit> => {
  const key = session.namespacePrefix + (args.operand ?? '');
  const view = await viewEntry(session, key, args.encryptKeys);
  if (output.isJson) await output.json({ key, ...view, ...jsonOf(view) });
  else await show(key, view, output, args.isFull);
  return view.outcome === 'hit' || view.outcome === 'stale' ? EXIT.fine : EXIT.found;
};

/** In the form of the JSON codec: plain data as it is, a Date or a Map marked as one; no forever in JSON. */
const jsonOf = (view: EntryView): object => ({
  ...('value' in view && { value: JSON.parse(jsonCodec.encode(view.value).toString()) as unknown }),
  ...(view.ageMs !== undefined && { ageMs: Math.round(view.ageMs) }),
  ...(view.ttlMs !== undefined && { ttlMs: finite(view.ttlMs) }),
  ...('freshForMs' in view && { freshForMs: finite(view.freshForMs), staleForMs: finite(view.staleForMs) }),
});

const finite = (ms: number | undefined): number | null =>
  ms === undefined || !Number.isFinite(ms) ? null : Math.round(ms);

const OUTCOME_STYLE: Readonly<Record<EntryView['outcome'], Style>> = {
  hit: 'green',
  stale: 'yellow',
  miss: 'red',
  unreadable: 'red',
};

const show = async (key: string, view: EntryView, output: Output, isFull: boolean): Promise<void> => {
  const outcome = view.detail === undefined ? view.outcome : `${view.outcome}: ${view.detail}`;
  await output.lines(
    `${output.style('bold', oneLine(key))}  ${output.style(OUTCOME_STYLE[view.outcome], outcome)}`,
  );
  const rows: [string, string | undefined][] = [
    ['in Redis at', view.redisKey],
    ['age', view.ageMs === undefined ? undefined : `${duration(view.ageMs)}`],
    ['fresh for', view.freshForMs === undefined ? undefined : timeLeft(view.freshForMs)],
    ['stale for', view.staleForMs ? `${duration(view.staleForMs)} after that` : undefined],
    ['slides by', view.slidingMs ? duration(view.slidingMs) : undefined],
    ['kept for', view.ttlMs === undefined ? undefined : duration(view.ttlMs)],
    [
      'tags',
      view.tags
        ?.map(readTagName)
        .map(({ tag }) => tag)
        .join(', ') || undefined,
    ],
    ['size', sizeOf(view)],
    ['codec', view.codec],
    ['version', view.version ? String(view.version) : undefined],
    ['cost', view.costMs ? `${milliseconds(view.costMs)} to make` : undefined],
  ];
  await output.table(
    rows.flatMap(([name, text]) =>
      text === undefined ? [] : [[{ text: name, style: 'dim' as const }, text]],
    ),
  );
  if (!('value' in view)) return;
  const text = inspect(view.value, {
    colors: output.terminal.hasColour,
    depth: isFull ? null : 6,
    maxArrayLength: isFull ? null : 100,
    maxStringLength: isFull ? null : VALUE_LENGTH,
    breakLength: Math.min(output.terminal.columns - 4, 120),
  });
  await output.lines('', text.replace(/^/gm, '  '));
};

const timeLeft = (ms: number): string => (ms > 0 ? duration(ms) : `ended ${duration(-ms)} ago`);

const sizeOf = ({ storedBytes, valueBytes }: EntryView): string | undefined => {
  if (storedBytes === undefined) return undefined;
  return valueBytes === undefined
    ? bytes(storedBytes)
    : `${bytes(storedBytes)} (the value alone ${bytes(valueBytes)})`;
};
