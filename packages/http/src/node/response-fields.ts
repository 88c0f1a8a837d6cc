import {
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
  validateHeaderValue,
} from 'node:http';
import type { FieldLine, FieldLines } from '../rules/fields.ts';

/** What `writeHead` may be given after the status: reason, headers as an object, as a flat array, or as pairs. */
export type WriteHeadRest = readonly (
  string | OutgoingHttpHeaders | OutgoingHttpHeader[] | [string, OutgoingHttpHeader][] | null | undefined
)[];

/** The fields that were set on a response so far, names as they were written. */
export const fieldsSet = (res: ServerResponse): FieldLine[] =>
  namesSet(res).flatMap((name) => toLines(name, res.getHeader(name)));

const namesSet = (res: ServerResponse): readonly string[] => {
  // @types/node knows it on ClientRequest only; Node has it on every outgoing message but those of HTTP/2.
  const { getRawHeaderNames } = res as { getRawHeaderNames?: () => string[] };
  return getRawHeaderNames?.call(res) ?? res.getHeaderNames();
};

/** The phrase of the status that is sent instead; HTTP/2 has none, and will hear of none. */
export const dropReason = (res: ServerResponse): void => {
  if (res instanceof ServerResponse) res.statusMessage = '';
};

/** All fields that would leave now: those set before, overruled by those given to `writeHead`. */
export const collectFields = (res: ServerResponse, rest: WriteHeadRest): FieldLine[] =>
  overrule(fieldsSet(res), linesOfHeaders(rest.find((argument) => typeof argument === 'object')));

/** `before` without what `given` names, then `given`. */
export const overrule = (before: FieldLines, given: FieldLines): FieldLine[] => {
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  return [...before.filter(([name]) => !names.has(name.toLowerCase())), ...given];
};

/** Makes the response's fields exactly these; a name on several lines keeps them all. */
export const applyFields = (res: ServerResponse, fields: FieldLines): void => {
  const values = new Map<string, { name: string; lines: string[] }>();
  for (const [name, value] of fields) {
    const known = values.get(name.toLowerCase());
    if (known) known.lines.push(value);
    else values.set(name.toLowerCase(), { name, lines: [value] });
  }
  for (const name of res.getHeaderNames()) if (!values.has(name)) res.removeHeader(name);
  for (const { name, lines } of values.values()) {
    res.setHeader(name, lines.length === 1 ? (lines[0] ?? '') : lines);
  }
};

const linesOfHeaders = (headers: WriteHeadRest[number]): FieldLine[] => {
  if (headers === undefined || headers === null || typeof headers === 'string') return [];
  if (!Array.isArray(headers)) return Object.entries(headers).flatMap(([name, value]) => given(name, value));
  if (isPairs(headers)) return headers.flatMap(([name, value]) => given(name, value));
  const lines: FieldLine[] = [];
  for (let i = 0; i < headers.length; i += 2) lines.push(...given(String(headers[i]), headers[i + 1]));
  return lines;
};

const isPairs = (headers: readonly unknown[]): headers is readonly [string, OutgoingHttpHeader][] =>
  headers.every((each) => Array.isArray(each));

/** As Node has it: a name without a value is an error. */
const given = (name: string, value: OutgoingHttpHeader | undefined): FieldLine[] => {
  if (value === undefined) validateHeaderValue(name, value as never);
  return toLines(name, value);
};

const toLines = (name: string, value: OutgoingHttpHeader | undefined): FieldLine[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map((each) => [name, String(each)]) : [[name, String(value)]];
};
