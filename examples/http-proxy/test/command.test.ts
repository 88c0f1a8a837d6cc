import { once } from 'node:events';
import { connect } from 'node:net';
import { bundle, type Program } from '@keepsake/tooling/children';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../src/settings.ts';
import { ask, partsOf } from './raw-client.ts';
import { type RawOrigin, startRawOrigin } from './raw-origin.ts';

const NAMES = ['PORT', 'ORIGIN', 'REDIS_URL', 'ADAPTER', 'PRESET', 'L2_DELAY_MS'];
/** Two seconds are promised; a busy machine may take three times as long. */
const STOP_LIMIT_MS = 6_000;

describe('the command', () => {
  let program: Program;
  let origin: RawOrigin;
  beforeAll(async () => {
    program = await bundle(new URL('../src/main.ts', import.meta.url));
    origin = await startRawOrigin((request) =>
      request.includes('/hangs') ? [] : ['HTTP/1.1 200 OK\r\n\r\nhello'],
    );
  });
  afterAll(async () => {
    await program.close();
    await origin[Symbol.asyncDispose]();
  });
  afterEach(() => {
    for (const name of NAMES) Reflect.deleteProperty(process.env, name);
  });

  it('prints where it listens, answers, and ends by SIGTERM with a request under way', async () => {
    Object.assign(process.env, { PORT: '0', ORIGIN: origin.url.href, ADAPTER: 'fetch', L2_DELAY_MS: '10' });
    const child = program.start();
    const [, url = ''] = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(await child.line()) ?? [];
    const port = Number(new URL(url).port);
    expect(partsOf(await ask(port, 'GET /a'))[1]).toContain('hello');
    const waiting = connect(port, '127.0.0.1');
    waiting.on('error', () => undefined);
    waiting.write('GET /hangs HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(waiting, 'connect');
    const before = performance.now();
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(performance.now() - before).toBeLessThan(STOP_LIMIT_MS);
  });

  it('says which setting is wrong, and ends with 1', async () => {
    Object.assign(process.env, { ORIGIN: origin.url.href, ADAPTER: 'nginx' });
    const child = program.start();
    expect(await child.ended).toBe(1);
  });
});

describe('settings', () => {
  it('have defaults, but for the origin', () => {
    expect(readSettings({ ORIGIN: 'http://127.0.0.1:3000' })).toEqual({
      port: 8080,
      origin: new URL('http://127.0.0.1:3000'),
      redisUrl: undefined,
      adapter: 'node',
      preset: 'safe',
      l2DelayMs: 0,
    });
  });

  it.each([
    [{}, /ORIGIN is "". Set it to/],
    [{ ORIGIN: 'https://127.0.0.1' }, /ORIGIN is "https/],
    [{ ORIGIN: 'http://127.0.0.1/path' }, /ORIGIN/],
    [{ ORIGIN: 'http://a', PORT: '70000' }, /PORT is "70000". Set it to a whole number from 0 to 65535/],
    [{ ORIGIN: 'http://a', PRESET: 'loose' }, /PRESET is "loose". Set it to safe or conformance/],
    [{ ORIGIN: 'http://a', ADAPTER: 'toString' }, /ADAPTER is "toString". Set it to one of node, express/],
    [{ ORIGIN: 'http://a', L2_DELAY_MS: '-1' }, /L2_DELAY_MS is "-1"/],
  ])('that cannot work are told by name: %j', (env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });
});
