/**
 * Input that is no part of the key and comes back in the response: whoever sends it decides what the others get
 * (Kettle, Practical Web Cache Poisoning, 2018). Which headers a handler reads cannot be seen, but what it repeats of
 * them can. So all are looked at, but for those whose usual values stand in responses by chance.
 */
import type { RequestTarget } from '../request-target.ts';
import { combinedValue, type FieldLines } from './fields.ts';

/** Shorter values stand in many a response by chance. */
const MIN_LENGTH = 6;
/** Values that are looked for, each in the whole text. */
const MAX_TRACES = 64;
/** Bytes of a body that are looked at. */
const MAX_BYTES = 65_536;

/**
 * Clients send these by themselves with values that responses have, too: `application/json`, `no-cache`, `document`, an
 * own URL; or they tell one request from another and are for logs.
 */
const USUAL_PREFIXES = ['accept', 'content-', 'if-', 'sec-'];
const USUAL: ReadonlySet<string> = new Set([
  'cache-control',
  'connection',
  'keep-alive',
  'origin',
  'pragma',
  'purpose',
  'referer',
  'te',
  'traceparent',
  'tracestate',
  'upgrade',
  'x-correlation-id',
  'x-request-id',
  'x-requested-with',
]);

const isUsual = (name: string): boolean =>
  USUAL.has(name) || USUAL_PREFIXES.some((prefix) => name.startsWith(prefix));

/** What tells a response from others. */
export interface KeyParts {
  /** With scheme and host as the key has them. */
  readonly target: RequestTarget;
  /** The whole key, as text. */
  readonly tuple: string;
  /** The request fields that are part of it, in lower case. */
  readonly names: ReadonlySet<string>;
}

/** The request fields, in lower case, that are no part of the key and of whose values the response repeats one. */
export const reflectedNames = (
  request: FieldLines,
  response: { readonly fields: FieldLines; readonly body: Uint8Array },
  key: KeyParts,
): readonly string[] => {
  const tuple = key.tuple.toLowerCase();
  const traces = request
    .map(([name, value]) => ({ name: name.toLowerCase(), value: value.toLowerCase() }))
    .filter(({ name }) => !key.names.has(name) && !isUsual(name))
    .flatMap(({ name, value }) => tracesOf(name, value, key.target).map((text) => ({ name, text })))
    .slice(0, MAX_TRACES)
    // What the key has anyway, such as the host in its URL, may come from there.
    .filter(({ text }) => !tuple.includes(text));
  if (traces.length === 0) return [];
  const seen = textOf(response);
  return [...new Set(traces.filter(({ text }) => seen.includes(text)).map(({ name }) => name))];
};

/** What a response would have of a value: each member of a list, and of a scheme a URL of the target's host. */
const tracesOf = (name: string, value: string, { scheme, authority }: RequestTarget): string[] =>
  value
    // RFC 7239 4: `for=192.0.2.1;host="a.example"`.
    .split(name === 'forwarded' ? /[,;="\s]+/ : ',')
    .map((member) => member.trim())
    .map((member) => (isScheme(member) && member !== scheme ? `${member}://${authority}` : member))
    .filter((member) => member.length >= MIN_LENGTH);

const isScheme = (text: string): boolean => text === 'http' || text === 'https';

const TEXT = /^\s*(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript|ecmascript)\b|image\/svg)/i;

const textOf = ({ fields, body }: Parameters<typeof reflectedNames>[1]): string => {
  const values = fields.map(([, value]) => value).join('\n');
  const isText = TEXT.test(combinedValue(fields, 'content-type') ?? 'text/');
  const isPlain = combinedValue(fields, 'content-encoding') === undefined;
  const start = isText && isPlain ? new TextDecoder().decode(body.subarray(0, MAX_BYTES)) : '';
  return `${values}\n${start}`.toLowerCase();
};
