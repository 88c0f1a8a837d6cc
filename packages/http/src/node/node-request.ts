import type { IncomingMessage } from 'node:http';
import type { RequestView } from '../exchange.ts';
import { parseRequestLineTarget } from '../request-target.ts';
import { type FieldLine, valuesOf } from '../rules/fields.ts';

/**
 * A Node request in the engine's shape. From `rawHeaders`, for `headers` drops duplicates. Behind a mount
 * point Connect and Express keep the whole URL in `originalUrl`, Fastify and Koa on objects of their own. No
 * X-Forwarded field is believed.
 */
export const readNodeRequest = (
  req: IncomingMessage & { readonly originalUrl?: unknown },
  originalUrl: unknown = req.originalUrl,
): RequestView => {
  const fields: FieldLine[] = [];
  let authority: string | undefined;
  for (let i = 0; i + 1 < req.rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [req.rawHeaders[i], req.rawHeaders[i + 1]];
    // RFC 9113 8.3: those of HTTP/2 that are no fields.
    if (!name.startsWith(':')) fields.push([name, value]);
    else if (name === ':authority') authority = value;
  }
  const hosts = valuesOf(fields, 'host');
  const scheme = 'encrypted' in req.socket && req.socket.encrypted === true ? 'https' : 'http';
  const url = typeof originalUrl === 'string' ? originalUrl : (req.url ?? '');
  // RFC 9112 3.2: several Host lines are an attack; no key is made of them.
  const target = hosts.length > 1 ? undefined : parseRequestLineTarget(scheme, authority ?? hosts[0], url);
  return { method: req.method ?? '', target, fields };
};
