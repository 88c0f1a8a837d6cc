import { contentRange, type Part, partOf } from './rules/content-range.ts';
import {
  type FieldLine,
  type FieldLines,
  valuesOf,
  withoutFields,
  type RequestFields,
} from './rules/fields.ts';
import { selectRanges } from './rules/range.ts';

/** A representation, whole or the part of it that is held. */
export interface Held {
  readonly status: number;
  readonly fields: FieldLines;
  readonly body: Uint8Array;
}

/**
 * RFC 9110 14.2 and 15.3.7: what a GET with Range gets of a stored response; undefined: the response as it
 * is. The caller has seen that a stored part holds what is asked.
 */
export const rangeOf = (stored: Held, request: RequestFields): Held | undefined => {
  if (stored.status !== 200 && stored.status !== 206) return undefined;
  const held = stored.status === 206 ? partOf(stored.fields) : undefined;
  const length = held?.length ?? stored.body.byteLength;
  const selection = selectRanges(request, stored.fields, length);
  if (selection.kind === 'whole') return undefined;
  if (selection.kind === 'unsatisfiable') {
    // RFC 9110 15.5.17.
    const fields: FieldLine[] = [
      ...withoutFields(stored.fields, DESCRIBES_CONTENT),
      ['Content-Range', `bytes */${length}`],
    ];
    return { status: 416, fields, body: new Uint8Array() };
  }
  const offset = held?.first ?? 0;
  const cut = ({ first, last }: Part): Uint8Array => stored.body.subarray(first - offset, last + 1 - offset);
  const rest = withoutFields(stored.fields, new Set(['content-range']));
  const [only] = selection.parts;
  if (only && selection.parts.length === 1) {
    return { status: 206, fields: [...rest, ['Content-Range', contentRange(only)]], body: cut(only) };
  }
  return multipart(rest, selection.parts, cut);
};

const DESCRIBES_CONTENT: ReadonlySet<string> = new Set(['content-range', 'content-type', 'content-encoding']);

/** RFC 9110 14.6: several parts, each with its place. The caps of `selectRanges` bound what this makes. */
const multipart = (fields: FieldLines, parts: readonly Part[], cut: (part: Part) => Uint8Array): Held => {
  const boundary = crypto.randomUUID();
  const [type] = valuesOf(fields, 'content-type');
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  for (const part of parts) {
    const typeLine = type === undefined ? '' : `Content-Type: ${type}\r\n`;
    const head = `\r\n--${boundary}\r\n${typeLine}Content-Range: ${contentRange(part)}\r\n\r\n`;
    chunks.push(encoder.encode(head), cut(part));
  }
  chunks.push(encoder.encode(`\r\n--${boundary}--\r\n`));
  return {
    status: 206,
    fields: [
      ...withoutFields(fields, new Set(['content-type'])),
      ['Content-Type', `multipart/byteranges; boundary=${boundary}`],
    ],
    body: joinBytes(chunks),
  };
};

export const joinBytes = (chunks: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
};
