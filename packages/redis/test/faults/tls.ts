/** Row 40: TLS that does not come about is as a Redis that is not there. */
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { findFreePort, makeCertificate, startRedis, startTlsFront } from '@keepsake/tooling/servers';
import { HUNG, Judge, type Row, timed } from './trial.ts';

/** `commandTimeout` as it is by default, and what a timer may come late. */
const CALL_MS = 250 + 10;
const DAY_MS = 86_400_000;

export const brokenTls: Row = async (trial) => {
  const judge = new Judge('fault-40', trial);
  await using server = await startRedis();
  await using expired = await startTlsFront(server.port, makeCertificate(new Date(Date.now() - DAY_MS)));
  await using unknown = await startTlsFront(server.port, makeCertificate(new Date(Date.now() + DAY_MS)));
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const places: Record<string, string> = {
    'certificate expired': expired.url,
    'certificate of nobody known': unknown.url,
    'closed port': `rediss://127.0.0.1:${await findFreePort()}`,
    'no TLS behind the port': server.url.replace('redis:', 'rediss:'),
    'handshake without an answer': `rediss://127.0.0.1:${port}`,
    'TLS where none is expected': expired.url.replace('rediss:', 'redis:'),
  };
  for (const [place, url] of Object.entries(places)) {
    const keeper = trial.subject.open(url);
    const first = await timed(() => keeper.get('k'));
    judge.must(first.error === undefined && first.result === undefined, `${place}: the first get is no miss`);
    judge.within(`${place}: first get, ms`, first.ms, CALL_MS);
    judge.must(
      (await timed(() => keeper.getOrSet('k', () => 'loaded'))).result === 'loaded',
      `${place}: the loader's value did not come`,
    );
    const { result, error } = await timed(() => keeper.set('k', 1));
    judge.must(
      error === undefined && result === false && (result as unknown) !== HUNG,
      `${place}: a set is no false`,
    );
    await keeper.close();
  }
  silent.close();
  for (const socket of sockets) socket.destroy();
  return judge.findings();
};
