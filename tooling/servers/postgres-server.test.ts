import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startPostgres } from './index.ts';

/** Whether a PostgreSQL server answers: 'N' or 'S' to the question whether it speaks TLS. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return reply[0] === 0x4e || reply[0] === 0x53;
  } finally {
    socket.destroy();
  }
}

test(
  'a started PostgreSQL answers on loopback, and stop ends its process',
  { timeout: 240_000 },
  async () => {
    const server = await startPostgres();
    const { pid, port } = server;
    expect(await answers(port)).toBe(true);
    expect(server.url).toBe(`postgres://postgres@127.0.0.1:${port}/postgres`);
    await server.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(answers(port)).rejects.toThrow('ECONNREFUSED');
    await server.stop();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  },
);
