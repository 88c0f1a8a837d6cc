import type { ServerResponse } from 'node:http';
import type { Reply } from '../exchange.ts';
import type { FieldLines } from '../rules/fields.ts';

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
  if (res.getHeaderNames().length === 0) {
    // Node writes lines that are given so as they are, several of a name too, and without a table between.
    res.writeHead(reply.status, flatLines(reply.fields));
  } else {
    applyHead(res, reply);
    res.writeHead(reply.status);
  }
  if (reply.body) res.end(reply.body);
  else res.end();
};

const flatLines = (fields: FieldLines): string[] => {
  const lines: string[] = [];
  for (const [name, value] of fields) lines.push(name, value);
  return lines;
};
