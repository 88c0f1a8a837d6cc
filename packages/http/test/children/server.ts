/**
 * A process of a fleet: a service behind a cache over Redis. It prints a line for each run of its handler, which does
 * what the request's X-Handler says, and reads lines: `ping` is answered, `go` lets go of the handlers that wait.
 */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { createCache } from '@keepsake/core';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { gate } from '../gate.ts';
import { fresh, type Origin, type OriginResponse } from '../origin.ts';
import { patientClock } from '../patient-clock.ts';
import { type Adapter, start } from '../subjects.ts';

/** What is printed. */
export type Report =
  | { readonly is: 'ready'; readonly port: number }
  | { readonly is: 'running'; readonly url: string }
  | { readonly is: 'pong' };

/** What X-Handler asks for: an answer after 200 ms, one after longer than a lease, one at `go`, an error after 200 ms. */
export type Behaviour = 'make' | 'linger' | 'wait' | 'fail';

const MAKING_MS = 200;
const LINGERING_MS = 2_600;
/** A machine that is busy must not look like a dead server. */
const PATIENCE_S = 10;

const [url = '', prefix = '', adapter = ''] = process.argv.slice(2);
const say = (report: Report): void => void process.stdout.write(`${JSON.stringify(report)}\n`);

let go = gate();

const made: Readonly<Record<string, (header: (name: string) => string | undefined) => OriginResponse>> = {
  // Each run gives other bytes: who got the same got them of the same run.
  json: () =>
    fresh(JSON.stringify({ id: randomBytes(8).toString('hex') }), ['Content-Type', 'application/json']),
  bytes: () => ({ ...fresh(''), body: randomBytes(50_000) }),
  stream: () => ({ ...fresh(''), body: trickle() }),
  vary: (header) => fresh(header('x-a') ?? '', ['Vary', 'X-A']),
  private: () => ({ headers: [['Cache-Control', 'private']], body: randomBytes(8).toString('hex') }),
};

async function* trickle(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 5; i += 1) {
    await after(5);
    yield Buffer.from(randomBytes(10_000));
  }
}

const origin: Origin = async ({ method, url: asked, header }) => {
  if (method !== 'GET') return { status: 204 };
  say({ is: 'running', url: asked });
  const behaviour = header('x-handler') ?? 'make';
  if (behaviour === 'wait') await go.opened;
  else await after(behaviour === 'linger' ? LINGERING_MS : MAKING_MS);
  if (behaviour === 'fail') throw new Error('the handler fails');
  const kind = asked.split('/')[1] ?? '';
  return made[kind]?.(header) ?? { status: 404 };
};

const cache = createCache({
  l2: new RedisBackend({ url, prefix, commandTimeout: PATIENCE_S }),
  bus: new RedisBus({ url, channel: `${prefix}~bus` }),
  l2Timeout: PATIENCE_S,
});
// A store that is still being connected to is passed by.
await cache.connect({ timeout: PATIENCE_S });
const server = await start(adapter as Adapter, origin, { cache, clock: patientClock });
say({ is: 'ready', port: server.port });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'ping') say({ is: 'pong' });
  else {
    go.open();
    go = gate();
  }
}
await server[Symbol.asyncDispose]();
await cache.close();
