import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FieldLine, FieldLines } from '../rules/fields.ts';

/** What `writeHead` may be given after the status: reason, headers as an object, or as a flat array. */
export type WriteHeadRest = readonly (string | OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined)[];

/** The fields that were set on a response so far, names as they were written. */
export const fieldsSet = (res: ServerResponse): FieldLine[] => {
  // @types/node knows it on ClientRequest only; Node has it on every outgoing message.
  const { getRawHeaderNames } = res as unknown as { getRawHeaderNames(): string[] };
  return getRawHeaderNames.call(res).flatMap((name) => toLines(name, res.getHeader(name)));
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
  if (headers === undefined || typeof headers === 'string') return [];
  if (!Array.isArray(headers))
    return Object.entries(headers).flatMap(([name, value]) => toLines(name, value));
  const lines: FieldLine[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(...toLines(String(headers[i]), headers[i + 1]));
  return lines;
};

const toLines = (name: string, value: OutgoingHttpHeader | undefined): FieldLine[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map((each) => [name, String(each)]) : [[name, String(value)]];
};
