import {
  type FieldLine,
  type FieldLines,
  type RequestFields,
  splitList,
  valuesOf,
  withoutFields,
} from './fields.ts';

/** RFC 9111 3.1, RFC 9110 7.6.1: fields that belong to one connection or one proxy, never to a stored response. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
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
]);

/** Generated anew for each reply: the length from the bytes that are held, the age from the clock. */
const GENERATED: ReadonlySet<string> = new Set(['content-length', 'age']);

/** RFC 9110 7.6.1: what Connection names, in lower case. */
export const connectionNamed = (fields: RequestFields): string[] =>
  valuesOf(fields, 'connection')
    .flatMap((value) => splitList(value) ?? [])
    .map((name) => name.toLowerCase());

/** Whether a field tells of one message or connection alone: beside another body it would misframe that. */
export const isOfOneMessage = (name: string): boolean =>
  HOP_BY_HOP.has(name.toLowerCase()) || GENERATED.has(name.toLowerCase());

/** The fields to keep with a stored response, verbatim and in order; `dropped` in lower case besides. */
export const storableFields = (fields: FieldLines, dropped: readonly string[]): FieldLine[] =>
  withoutFields(fields, new Set([...HOP_BY_HOP, ...GENERATED, ...connectionNamed(fields), ...dropped]));
