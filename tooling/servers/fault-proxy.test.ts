import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findFreePort, startFaultProxy, testRedisUrl, type FaultProxy } from './index.ts';

/** A client that keeps what it received and how its connection ended. */
interface Client {
  readonly socket: Socket;
  received: string;
  errorCode: string | undefined;
}

let proxy: FaultProxy;
const clients: Client[] = [];

beforeEach(async () => {
  proxy = await startFaultProxy(Number(new URL(testRedisUrl()).port));
});

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await proxy.close();
});

async function open(port = proxy.port): Promise<Client> {
  const client: Client = { socket: connect(port, '127.0.0.1'), received: '', errorCode: undefined };
  clients.push(client);
  client.socket.on('data', (chunk: Buffer) => (client.received += chunk.toString()));
  client.socket.on('error', (error: NodeJS.ErrnoException) => (client.errorCode = error.code));
  await once(client.socket, 'connect');
  return client;
}

/** Sends a command and waits until its reply holds `expected`. */
async function ask(client: Client, command: string, expected: string): Promise<void> {
  client.socket.write(`${command}\r\n`);
  await vi.waitFor(() => expect(client.received).toContain(expected), { timeout: 10_000 });
}

async function closed(client: Client): Promise<void> {
  // Not `once`, which rejects on the error that is expected before the close.
  await new Promise((resolve) =>
    client.socket.closed ? resolve(undefined) : client.socket.on('close', resolve),
  );
}

test('without a fault the proxy passes commands and replies', async () => {
  const client = await open();
  await ask(client, 'PING', '+PONG\r\n');
  expect(proxy.connections).toBe(1);
  client.socket.destroy();
  await vi.waitFor(() => expect(proxy.connections).toBe(0));
});

test('cut resets open connections and lets new ones in', async () => {
  const client = await open();
  await ask(client, 'PING', '+PONG');
  proxy.cut();
  await closed(client);
  expect(client.errorCode).toBe('ECONNRESET');
  await ask(await open(), 'PING', '+PONG');
});

test('a black hole answers nothing, closes nothing, and can be lifted', async () => {
  const client = await open();
  await ask(client, 'PING', '+PONG');
  proxy.blackhole(true);
  client.received = '';
  client.socket.write('PING\r\n');
  await delay(150);
  expect(client.received).toBe('');
  expect(client.socket.destroyed).toBe(false);
  proxy.blackhole(false);
  await ask(client, 'ECHO back', 'back');
  expect(client.received).not.toContain('PONG');
});

test('a half reply passes exactly the bytes allowed, then resets, once', async () => {
  const client = await open();
  await ask(client, 'PING', '+PONG');
  client.received = '';
  proxy.halfReply(3);
  client.socket.write('PING\r\n');
  await closed(client);
  expect(client.received).toBe('+PO');
  expect(client.errorCode).toBe('ECONNRESET');
  await ask(await open(), 'PING', '+PONG');
});

test('a half request passes exactly the bytes allowed, then resets, once', async () => {
  const client = await open();
  await ask(client, 'PING', '+PONG');
  const key = `half-request:${proxy.port}`;
  const before = proxy.accepted;
  proxy.halfRequest(`SET ${key} 1\r\n`.length + 3);
  client.socket.write(`SET ${key} 1\r\nSET ${key} 2\r\n`);
  await closed(client);
  const next = await open();
  await ask(next, `GET ${key}`, '$1\r\n1\r\n');
  await ask(next, `DEL ${key}`, ':1');
  expect(proxy.accepted).toBe(before + 1);
});

test('a delay holds replies back and keeps their order when it ends', async () => {
  const client = await open();
  await ask(client, 'PING', '+PONG');
  proxy.delay(400);
  const before = performance.now();
  client.received = '';
  client.socket.write('ECHO first\r\n');
  await delay(50);
  expect(client.received).toBe('');
  proxy.delay(0);
  await ask(client, 'ECHO second', 'second');
  expect(performance.now() - before).toBeGreaterThan(150);
  expect(client.received).toMatch(/first[^]*second/);
});

test('a server that is not there shows as a reset connection', async () => {
  await using orphan = await startFaultProxy(await findFreePort());
  const client = await open(orphan.port);
  await closed(client);
  expect(client.errorCode).toBe('ECONNRESET');
});

test('a narrow link lets no more bytes through than it says, in order', async () => {
  const client = await open();
  await ask(client, 'PING', '+PONG');
  proxy.narrow(100_000);
  const startedAt = performance.now();
  await ask(client, `ECHO ${'a'.repeat(10_000)}`, `$10000\r\n${'a'.repeat(10_000)}\r\n`);
  expect(performance.now() - startedAt).toBeGreaterThan(180); // there and back
  proxy.narrow(Infinity);
  await ask(client, 'ECHO last', 'last');
});
