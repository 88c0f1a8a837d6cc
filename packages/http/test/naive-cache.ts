import { Buffer } from 'node:buffer';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/**
 * What one writes in an afternoon: a map from URL to whatever the handler sent. It is here so that each
 * security test can be seen to fail. It joins parts of the key, believes X-Forwarded-Host nowhere and
 * everything else everywhere.
 */
export const naiveCache = (
  handler: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): RequestListener => {
  const stored = new Map<string, { status: number; headers: [string, string[]][]; body: Buffer }>();
  return (req, res) => {
    const key = (req.url ?? '').toLowerCase().replaceAll('//', '/').replaceAll('%2f', '/').replace(/\?$/, '');
    const hit = req.method === 'GET' ? stored.get(key) : undefined;
    if (hit) {
      for (const [name, values] of hit.headers) res.setHeader(name, values);
      res.setHeader('Cache-Status', 'naive; hit');
      res.statusCode = hit.status;
      res.end(hit.body);
      return;
    }
    const chunks: Buffer[] = [];
    const write = res.write.bind(res) as (chunk: string | Uint8Array) => boolean;
    const end = res.end.bind(res) as (chunk?: string | Uint8Array) => ServerResponse;
    Object.assign(res, {
      write: (chunk: string | Uint8Array) => {
        chunks.push(Buffer.from(chunk as string));
        return write(chunk);
      },
      end: (chunk?: string | Uint8Array) => {
        if (chunk !== undefined) chunks.push(Buffer.from(chunk as string));
        return end(chunk);
      },
    });
    res.once('close', () => {
      const location = res.getHeader('location');
      if (req.method === 'POST' && typeof location === 'string') {
        stored.delete(new URL(location, 'http://localhost').pathname);
      }
      if (req.method !== 'GET') return;

      const headers = res
        .getHeaderNames()
        .map((name): [string, string[]] => [name, [res.getHeader(name)].flat().map(String)]);
      stored.set(key, { status: res.statusCode, headers, body: Buffer.concat(chunks) });
    });
    handler(req, res).catch(() => res.destroy());
  };
};
