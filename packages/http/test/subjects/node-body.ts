import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OriginResponse } from '../origin.ts';

/** A body as handlers of Koa and Fastify give it. */
export const nodeBody = (body: OriginResponse['body']): string | Buffer | Readable | null => {
  if (body === undefined) return null;
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Readable.from(orBreak(body), { objectMode: false });
};

async function* orBreak(body: AsyncIterable<Uint8Array | 'abort'>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    if (chunk !== 'abort') {
      yield chunk;
      continue;
    }
    await nextTurn();
    throw new Error('the handler broke off');
  }
}
