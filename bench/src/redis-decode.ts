/**
 * What codecs cost: values of 91 B and 1.7 kB through RedisBackend's codec ('binary', 'json') as the wire format uses it,
 * beside JSON and msgpackr alone. Records whose shapes both sides know already are shown for what they could gain.
 */
import { Packr } from 'msgpackr';
import { LARGE, SMALL } from './redis-values.ts';
import { measure, type Row, type Settings, type Subject } from './report.ts';

const OPERATIONS = 20_000;

const timed = (work: () => unknown): number => {
  for (let i = 0; i < OPERATIONS / 4; i += 1) work();
  const before = process.hrtime.bigint();
  for (let i = 0; i < OPERATIONS; i += 1) work();
  return Number(process.hrtime.bigint() - before) / OPERATIONS;
};

interface Coder {
  readonly name: string;
  readonly version: string;
  encode(value: object): Buffer;
  decode(bytes: Buffer): unknown;
}

const json: Coder = {
  name: 'JSON',
  version: '',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(bytes.toString()) as unknown,
};

const packed = (name: string, options: object): Coder => {
  const packr = new Packr({ moreTypes: true, useBigIntExtension: true, copyBuffers: true, ...options });
  return {
    name,
    version: '2',
    encode: (value) => packr.pack(value),
    decode: (bytes) => packr.unpack(bytes) as unknown,
  };
};

const coders: readonly Coder[] = [
  json,
  // As the codec 'binary' uses it: each value brings the shapes of its objects with it.
  packed('msgpackr, shapes in each value', { useRecords: true }),
  packed('msgpackr, shapes shared', { structures: [] }),
];

const METRICS = {
  'encode, 91 B': 'ns',
  'encode, 1.7 kB': 'ns',
  'decode, 91 B': 'ns',
  'decode, 1.7 kB': 'ns',
  'size, 1.7 kB': 'B',
} as const;

export const decodeRows = (settings: Settings): Promise<Row[]> => {
  const subjects = coders.map((coder): Subject<keyof typeof METRICS> => {
    const [small, large] = [coder.encode(SMALL), coder.encode(LARGE)];
    return {
      name: coder.name,
      version: coder.version,
      run: {
        'encode, 91 B': () => timed(() => coder.encode(SMALL)),
        'encode, 1.7 kB': () => timed(() => coder.encode(LARGE)),
        'decode, 91 B': () => timed(() => coder.decode(small)),
        'decode, 1.7 kB': () => timed(() => coder.decode(large)),
        'size, 1.7 kB': () => large.length,
      },
    };
  });
  return measure(subjects, METRICS, json.name, settings);
};
