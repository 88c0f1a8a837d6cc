import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { duplexPair, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { httpCache } from '@keepsake/http/node';
import { describe, expect, it, vi } from 'vitest';
import { STALL_LIMIT_MS } from '../src/limits.ts';
import { send } from './client.ts';

const PART = 'x'.repeat(100_000);
const PARTS = 10;

/** The first client sits on a connection that holds next to nothing, and reads nothing. */
const withSlowLeader = async (
  write: (res: ServerResponse) => Promise<void>,
  meanwhile: (server: { port: number; clock: FakeClock; runs(): number }) => Promise<void>,
): Promise<void> => {
  const clock = new FakeClock();
  await using cache = createCache({ clock });
  const http = httpCache({ cache, clock, cacheControlMaxAge: 60 });
  let runs = 0;
  const handler = async (_req: IncomingMessage, res: ServerResponse): Promise<void> => {
    runs += 1;
    await write(res);
  };
  const server = createServer((req, res) => {
    http(req, res, () => handler(req, res)).catch(() => res.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [near, far] = duplexPair({ highWaterMark: 1_000 });
  server.emit('connection', near);
  far.on('error', () => undefined);
  far.write(`GET /a HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  await vi.waitFor(() => expect(runs).toBe(1));
  await meanwhile({ port, clock, runs: () => runs });
  far.destroy();
  near.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
};

const piped = (res: ServerResponse): Promise<void> =>
  pipeline(
    Readable.from(
      Array.from({ length: PARTS }, () => PART),
      { objectMode: false },
    ),
    res,
  );

const allAtOnce = async (res: ServerResponse): Promise<void> => {
  for (let i = 0; i < PARTS; i += 1) res.write(PART);
  await new Promise((resolve) => setImmediate(resolve));
  res.end();
};

describe('a client that reads nothing', () => {
  it('holds up those who wait for the same no longer than it may: the next one leads', async () => {
    await withSlowLeader(piped, async ({ port, clock, runs }) => {
      const waiters = [send(port, '/a'), send(port, '/a'), send(port, '/a')];
      await Promise.race([...waiters, new Promise((resolve) => setTimeout(resolve, 50))]);
      expect(runs()).toBe(1);
      await clock.advance(STALL_LIMIT_MS * 2);
      const answers = await Promise.all(waiters);
      expect(answers.map(({ text }) => text.length)).toEqual([1, 1, 1].map(() => PART.length * PARTS));
      expect(runs()).toBe(2);
      expect((await send(port, '/a')).isHit).toBe(true);
    });
  });

  it('holds up nobody where the handler does not wait for it', async () => {
    await withSlowLeader(allAtOnce, async ({ port, runs }) => {
      expect((await send(port, '/a')).text.length).toBe(PART.length * PARTS);
      expect(runs()).toBe(1);
    });
  });
});
