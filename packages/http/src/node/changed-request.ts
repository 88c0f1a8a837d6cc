import type { IncomingMessage } from 'node:http';
import type { RequestChange } from '../forward.ts';

/**
 * Makes a request look to its handler as if its client had sent other fields: in `headers`, `headersDistinct` and
 * `rawHeaders` alike. In place, for the handler has the object already.
 */
export const changeRequest = (req: IncomingMessage, change: RequestChange | undefined): void => {
  if (!change) return;
  const { headers, rawHeaders } = req;
  // HTTP/2 has none.
  const headersDistinct = (req as Partial<IncomingMessage>).headersDistinct ?? {};
  const drop = new Set([...change.drop, ...change.add.map(([name]) => name.toLowerCase())]);
  const raw: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!drop.has(name.toLowerCase())) raw.push(name, value);
  }
  for (const name of drop) {
    Reflect.deleteProperty(headers, name);
    Reflect.deleteProperty(headersDistinct, name);
  }
  for (const [name, value] of change.add) {
    headers[name.toLowerCase()] = value;
    headersDistinct[name.toLowerCase()] = [value];
    raw.push(name, value);
  }
  // Defined, for that of HTTP/2 cannot be assigned.
  Object.defineProperty(req, 'rawHeaders', {
    value: raw,
    configurable: true,
    enumerable: true,
    writable: true,
  });
};
