import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { httpCache } from '@keepsake/http/node';
import type { Origin, OriginRequest, OriginResponse } from '../origin.ts';
import type { Build, Guard } from './behind.ts';

export const node: Build = (origin, options, guard) => {
  const http = httpCache(options);
  const handler = nodeHandler(origin);
  return {
    listener: (req, res) => {
      if (isRefused(guard, req, res)) return;
      // As Connect does: an error of the handler ends the response, and is no end of the process.
      http(req, res, () => handler(req, res)).catch(() => res.destroy());
    },
    purge: (target) => http.purge(target),
  };
};

/** Whether the guard has refused it, and it has its answer. */
export const isRefused = (guard: Guard, req: IncomingMessage, res: ServerResponse): boolean => {
  if (guard(originRequestOf(req).header)) return false;
  res.writeHead(401).end();
  return true;
};

export const originRequestOf = (req: IncomingMessage): OriginRequest => ({
  method: req.method ?? '',
  url: req.url ?? '',
  header: (name) => {
    const value = req.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  },
});

/** Early hints must have a Link. */
export const sendEarly = (res: ServerResponse, early: OriginResponse['early']): void => {
  if (early) res.writeEarlyHints({ link: '</style.css>; rel=preload', ...Object.fromEntries(early) });
};

export const nodeHandler =
  (origin: Origin) =>
  async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { status = 200, headers = [], body, early } = await origin(originRequestOf(req));
    sendEarly(res, early);
    for (const [name, value] of headers) res.appendHeader(name, value);
    res.statusCode = status;
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      res.end(body);
      return;
    }
    for await (const chunk of body) {
      if (chunk === 'abort') {
        await nextTurn();
        res.destroy();
        return;
      }
      if (!res.write(chunk)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
      if (res.destroyed) return;
    }
    res.end();
  };
