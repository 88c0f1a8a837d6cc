import type { Arguments } from '../arguments.ts';
import { bytes, count, duration, percent, plural } from '../format.ts';
import { type Info, readInfo } from '../info.ts';
import { EXIT, type Exit } from '../misuse.ts';
import type { Cell, Output } from '../output.ts';
import { type Group, type Sample, takeSample } from '../sample.ts';
import type { Session } from '../session.ts';

const SHOWN = 20;

/** The server's figures, and the keys of the cache by family. */
export const stats = async (session: Session, args: Arguments, output: Output): Promise<Exit> => {
  const info = await readInfo(session);
  const sample = await takeSample(session, args.sample);
  if (output.isJson) await output.json(reportOf(session, info, sample));
  else await show(session, args, info, sample, output);
  return EXIT.fine;
};

const scaleOf = ({ databaseKeys, looked, isWhole }: Sample): number =>
  isWhole || looked === 0 ? 1 : databaseKeys / looked;

const memoryOf = ({ keys, meanBytes }: Group, scale: number): number | null =>
  meanBytes === undefined ? null : Math.round(meanBytes * keys * scale);

const rateOf = (info: Info): number | null => {
  const [hits, misses] = [info.number('keyspace_hits'), info.number('keyspace_misses')];
  return hits === undefined || misses === undefined || hits + misses === 0 ? null : hits / (hits + misses);
};

const reportOf = (session: Session, info: Info, sample: Sample): object => {
  const scale = scaleOf(sample);
  const groups = (list: readonly Group[]): object[] =>
    list.map((group) => ({
      name: group.name,
      keys: Math.round(group.keys * scale),
      bytes: memoryOf(group, scale),
    }));
  return {
    server: {
      address: session.address,
      product: info.product,
      uptimeSeconds: info.number('uptime_in_seconds') ?? null,
      usedBytes: info.number('used_memory') ?? null,
      maxBytes: info.number('maxmemory') ?? null,
      policy: info.text('maxmemory_policy') ?? null,
      clients: info.number('connected_clients') ?? null,
      commandsPerSecond: info.number('instantaneous_ops_per_sec') ?? null,
      hits: info.number('keyspace_hits') ?? null,
      misses: info.number('keyspace_misses') ?? null,
      hitRate: rateOf(info),
      evicted: info.number('evicted_keys') ?? null,
      expired: info.number('expired_keys') ?? null,
    },
    databaseKeys: sample.databaseKeys,
    sampledKeys: sample.looked,
    isEstimate: !sample.isWhole,
    families: groups(sample.families),
    helpers: groups(sample.helpers),
  };
};

const show = async (
  session: Session,
  { prefix, namespaces }: Arguments,
  info: Info,
  sample: Sample,
  output: Output,
): Promise<void> => {
  const dim = (text: string): Cell => ({ text, style: 'dim' });
  const uptime = info.number('uptime_in_seconds');
  const up = uptime === undefined ? '' : `, up ${duration(uptime * 1_000)}`;
  await output.lines(`${output.style('bold', session.address)}  ${info.product}${up}`, '');
  await output.table(serverRows(info).map(([name, text]) => [dim(name), text]));
  const all = [...sample.families, ...sample.helpers];
  const scale = scaleOf(sample);
  const about = sample.isWhole ? '' : 'about ';
  const total = all.reduce((sum, group) => sum + group.keys, 0) * scale;
  const of = namespaces.length === 0 ? '' : ` in namespace ${namespaces.join(' > ')}`;
  const looked = sample.isWhole ? '' : output.style('dim', `  from a sample of ${count(sample.looked)}`);
  await output.lines(
    '',
    `${output.style('bold', `${about}${plural(total, 'key')}`)} below ${prefix}${of}${looked}`,
  );
  if (all.length === 0) return;
  const head = ['FAMILY', 'KEYS', 'SHARE', 'MEMORY', 'EACH'];
  const row = (group: Group, style: { style?: 'cyan' | 'dim' }): Cell[] => {
    const memory = memoryOf(group, scale);
    return [
      { text: group.name, ...style },
      right(count(group.keys * scale)),
      right(percent(group.keys * scale, total)),
      right(memory === null ? '-' : bytes(memory)),
      right(group.meanBytes === undefined ? '-' : bytes(group.meanBytes)),
    ];
  };
  await output.lines('');
  await output.table([
    head.map((text, i): Cell => ({ text, style: 'dim', isRight: i > 0 })),
    ...sample.families.slice(0, SHOWN).map((group) => row(group, { style: 'cyan' })),
    ...sample.helpers.map((group) => row({ ...group, name: `(${group.name})` }, { style: 'dim' })),
  ]);
  const hidden = sample.families.length - SHOWN;
  if (hidden > 0)
    await output.note(`  and ${plural(hidden, 'smaller family', 'smaller families')} (--json shows all)`);
  if (sample.others > 0)
    await output.note(`  ${about}${plural(sample.others * scale, 'other key')} in the database`);
};

const right = (text: string): Cell => ({ text, isRight: true });

const serverRows = (info: Info): [string, string][] => {
  const number = (field: string): string => {
    const value = info.number(field);
    return value === undefined ? '-' : count(value);
  };
  const [used, max, rate] = [info.number('used_memory'), info.number('maxmemory'), rateOf(info)];
  const limit = max ? ` of ${bytes(max)} (${percent(used ?? 0, max)})` : ', no limit';
  const reads = (info.number('keyspace_hits') ?? 0) + (info.number('keyspace_misses') ?? 0);
  return [
    ['memory', used === undefined ? '-' : `${bytes(used)}${limit}, ${info.text('maxmemory_policy') ?? '?'}`],
    [
      'hit rate',
      rate === null ? '-' : `${percent(rate, 1)} of ${count(reads)} reads by anybody since the start`,
    ],
    [
      'commands',
      `${number('instantaneous_ops_per_sec')} a second, ${plural(info.number('connected_clients') ?? 0, 'client')}`,
    ],
    ['evicted', `${number('evicted_keys')} for want of memory; ${number('expired_keys')} expired`],
  ];
};
