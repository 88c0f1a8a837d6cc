import { Buffer } from 'node:buffer';
import { type IncomingMessage, request, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Entry } from './entry.ts';

/**
 * What one writes in an afternoon, with all the features that one hears of: a map from URL to whatever the handler sent,
 * Vary, validation, stale-while-revalidate, ranges, PURGE. It is here so that each security test can be seen to fail.
 * It joins parts of the key, believes its store, and keeps everything for ever.
 */
export interface NaiveCache {
  readonly listener: RequestListener;
  readonly stored: Map<string, Entry>;
}

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export const naiveCache = (handler: Handler): RequestListener => createNaiveCache(handler).listener;

export const createNaiveCache = (handler: Handler): NaiveCache => {
  const stored = new Map<string, Entry>();
  /** The fields that a URL was first said to vary by. */
  const varies = new Map<string, string[]>();
  const keyOf = (req: IncomingMessage): string => {
    const url = urlOf(req);
    return [url, ...(varies.get(url) ?? []).map((name) => req.headers[name])].join(':');
  };
  const listener: RequestListener = (req, res) => {
    if (req.method === 'PURGE') stored.delete(keyOf(req));
    const isReload = req.headers['cache-control'] === 'no-cache';
    const key = keyOf(req);
    if (req.method !== 'GET' || isReload || !stored.has(key)) return forward(req, res, undefined);
    const entry = stored.get(key) as Entry;
    try {
      const etag = valueOf(entry, 'etag');
      const control = valueOf(entry, 'cache-control') ?? '';
      if (!control.includes('max-age=0')) return serve(entry, key, req, res);
      if (etag !== undefined) {
        req.headers['if-none-match'] = etag;
        return forward(req, res, entry);
      }
      if (control.includes('stale-while-revalidate')) askBehind(req);
      serve(entry, key, req, res);
    } catch {
      res.destroy();
    }
  };
  const forward = (req: IncomingMessage, res: ServerResponse, validated: Entry | undefined): void => {
    const chunks: Buffer[] = [];
    const write = res.write.bind(res) as (chunk: string | Uint8Array) => boolean;
    const end = res.end.bind(res) as (chunk?: string | Uint8Array) => ServerResponse;
    const isUnchanged = (): boolean => validated !== undefined && res.statusCode === 304;
    Object.assign(res, {
      write: (chunk: string | Uint8Array) => {
        chunks.push(Buffer.from(chunk as string));
        return write(chunk);
      },
      end: (chunk?: string | Uint8Array) => {
        let body = chunk;
        if (validated && isUnchanged()) {
          res.statusCode = validated.status;
          for (const [name, value] of validated.fields)
            if (!res.hasHeader(name)) res.appendHeader(name, value);
          body = validated.body;
        }
        if (body !== undefined) chunks.push(Buffer.from(body as string));
        return end(body);
      },
    });
    res.once('close', () => {
      const location = res.getHeader('location');
      if (req.method === 'POST' && typeof location === 'string') {
        stored.delete(new URL(location, 'http://localhost').pathname);
      }
      if (res.hasHeader('cache-group-invalidation')) stored.clear();
      if (req.method !== 'GET') return;
      const fields = res
        .getHeaderNames()
        .flatMap((name) => [res.getHeader(name)].flat().map((value) => [name, String(value)] as const));
      const entry = { status: res.statusCode, fields, body: Buffer.concat(chunks) };
      const names = valueOf(entry, 'vary')?.toLowerCase().split(/, */);
      if (names && !varies.has(urlOf(req))) varies.set(urlOf(req), names);
      stored.set(keyOf(req), entry);
    });
    handler(req, res).catch(() => res.destroy());
  };
  return { listener, stored };
};

const urlOf = ({ url = '' }: IncomingMessage): string =>
  url.toLowerCase().replaceAll('//', '/').replaceAll('%2f', '/').replace(/\?$/, '');

const valueOf = ({ fields }: Entry, name: string): string | undefined => {
  const values = fields.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
};

const serve = (entry: Entry, key: string, req: IncomingMessage, res: ServerResponse): void => {
  for (const [name, value] of entry.fields) res.appendHeader(name, value);
  res.setHeader('Cache-Status', `naive; hit; key="${key}"`);
  const { range, 'if-none-match': condition } = req.headers;
  if (condition !== undefined && condition === valueOf(entry, 'etag')) {
    res.statusCode = 304;
    res.end();
    return;
  }
  res.statusCode = range === undefined ? entry.status : 206;
  res.end(range === undefined ? entry.body : rangesOf(range, entry.body));
};

/** As many as are asked for. */
const rangesOf = (range: string, body: Uint8Array): Buffer => {
  const parts = range.replace('bytes=', '').split(',');
  return Buffer.concat(
    parts.map((part) => {
      const [first = '', last = ''] = part.split('-');
      return first === ''
        ? body.subarray(-Number(last))
        : body.subarray(Number(first), Number(last || 1e9) + 1);
    }),
  );
};

/** The same request once more, whose answer goes nowhere. */
const askBehind = (req: IncomingMessage): void => {
  const { port } = req.socket.address() as AddressInfo;
  const headers = { ...req.headers, 'cache-control': 'no-cache' };
  const again = request({ host: '127.0.0.1', port, path: req.url, headers, agent: false }, (res) =>
    res.resume(),
  );
  again.on('error', () => undefined);
  again.end();
};
