import { Buffer } from 'node:buffer';
import { ServerResponse } from 'node:http';
import type { Reply } from '../exchange.ts';
import type { FieldLines } from '../rules/fields.ts';

/** Fields that middleware before the cache has set stay where the stored response has none of the name. */
export const applyHead = (res: ServerResponse, reply: Reply): void => {
  const ready = readyFor(reply);
  for (const [name, value] of (ready.headers ??= headersOf(reply.fields))) {
    // Node keeps a list that it is given, and `appendHeader` writes into it: each response has its own.
    res.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  res.statusCode = reply.status;
};

/** Sends a reply of the cache's own. */
export const sendReply = (res: ServerResponse, reply: Reply): void => {
  const { lines, body } = readyFor(reply);
  if (res.getHeaderNames().length === 0 && isNodes(res)) {
    // Node writes lines that are given so as they are, several of a name too, and without a table between.
    res.writeHead(reply.status, lines);
  } else {
    applyHead(res, reply);
    res.writeHead(reply.status);
  }
  res.end(body);
};

/** A reply in the shapes that Node takes without making others of them. */
interface Ready {
  readonly lines: string[];
  /** Made where they are asked for. */
  headers: Headers | undefined;
  readonly body: Buffer | undefined;
}

type Headers = readonly (readonly [name: string, value: string | readonly string[]])[];

export const readyFor = (reply: Reply): Ready => (reply.ready ??= makeReady(reply)) as Ready;

const makeReady = ({ fields, body }: Reply): Ready => {
  const lines: string[] = [];
  for (const [name, value] of fields) lines.push(name, value);
  return {
    lines,
    headers: undefined,
    body: body && Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  };
};

/** Each name once, as it was first written; of several lines all values, in order. */
const headersOf = (fields: FieldLines): Headers => {
  const byName = new Map<string, [name: string, values: string[]]>();
  for (const [name, value] of fields) {
    const header = byName.get(name.toLowerCase());
    if (header) header[1].push(value);
    else byName.set(name.toLowerCase(), [name, [value]]);
  }
  return [...byName.values()].map(([name, values]) => [
    name,
    values.length === 1 ? (values[0] ?? '') : values,
  ]);
};

/** What stands before the cache may have put its own in place of it, and that often reads no flat array. */
const isNodes = (res: ServerResponse): boolean => res.writeHead === ServerResponse.prototype.writeHead;
