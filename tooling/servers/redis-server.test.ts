import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { startRedis, testRedisUrl } from './index.ts';
import { answersPing } from './ping.ts';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a started server answers PING, and stop ends its process', async () => {
  const server = await startRedis();
  const { pid } = server;
  expect(await answersPing(server.port, 5_000)).toBe(true);
  await server.stop();
  expect(isAlive(pid)).toBe(false);
  await server.stop();
});

test('a paused server keeps silent and answers again once resumed', async () => {
  await using server = await startRedis();
  server.pause();
  expect(await answersPing(server.port, 300)).toBe(false);
  server.resume();
  expect(await answersPing(server.port, 5_000)).toBe(true);
});

test('a paused server can be stopped', async () => {
  const server = await startRedis();
  server.pause();
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
});

test('a killed server comes back on the same port as another process', async () => {
  await using server = await startRedis();
  const { pid, port } = server;
  await server.kill();
  expect(await answersPing(port, 300)).toBe(false);
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await answersPing(port, 5_000)).toBe(true);
});

test('a wrong argument is reported with what the server printed', async () => {
  await expect(startRedis({ args: ['--no-such-setting', '1'] })).rejects.toThrow(/no-such-setting/);
});

test('a server does not outlive a parent that was killed outright', async () => {
  const module = fileURLToPath(new URL('./redis-server.ts', import.meta.url));
  const script = `const { startRedis } = await import(${JSON.stringify(module)});
    const server = await startRedis();
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  for (let waited = 0; isAlive(pid) && waited < 15_000; waited += 20) await delay(20);
  expect(isAlive(pid)).toBe(false);
});

test('the shared server of the run is announced in both ways and answers', async () => {
  expect(testRedisUrl()).toBe(inject('redisUrl'));
  expect(await answersPing(Number(new URL(testRedisUrl()).port), 5_000)).toBe(true);
});
