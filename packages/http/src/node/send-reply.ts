import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import type { Reply } from '../exchange.ts';

/** Fields that middleware before the cache has set stay where the stored response has none of the name. */
export const applyHead = (res: ServerResponse, { status, fields }: Reply): void => {
  const names = new Set<string>();
  for (const [name, value] of fields) {
    const isFirst = names.size < names.add(name.toLowerCase()).size;
    if (isFirst) res.setHeader(name, value);
    else res.appendHeader(name, value);
  }
  res.statusCode = status;
};

/** Sends a reply of the cache's own. */
export const sendReply = (res: ServerResponse, reply: Reply): void => {
  const { lines, body } = readyFor(reply);
  if (res.getHeaderNames().length === 0) {
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
  readonly body: Buffer | undefined;
}

/** Hits give the same reply again and again. */
const ready = new WeakMap<Reply, Ready>();

const readyFor = (reply: Reply): Ready => {
  let known = ready.get(reply);
  if (!known) {
    const { fields, body } = reply;
    known = {
      lines: fields.flat(),
      body: body && Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    };
    ready.set(reply, known);
  }
  return known;
};
