import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One request that left the client, and what came back. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** The value of a request field. */
  asked(name: string): string | undefined;
  /** Statuses of interim responses. */
  readonly interim: readonly number[];
  readonly status: number;
  /** The value of a response field. */
  answered(name: string): string | undefined;
}

/** A port in front of a service, on which one can see what a client really asks for. */
export interface Wire extends AsyncDisposable {
  readonly port: number;
  exchanges(): readonly Exchange[];
}

const REQUEST = /^([A-Z]+) (\S+) HTTP\/1\.1\r\n((?:[^\r]+\r\n)*)\r\n/gm;
const RESPONSE = /HTTP\/1\.1 (\d{3})[^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/g;

/** Passes bytes on as they are. The services' bodies hold nothing that looks like the head of a message. */
export const tapWire = async (port: number): Promise<Wire> => {
  const connections: { sent: string; received: string }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const service = connect(port, '127.0.0.1');
    const connection = { sent: '', received: '' };
    connections.push(connection);
    for (const [from, to, name] of [
      [client, service, 'sent'],
      [service, client, 'received'],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => (connection[name] += bytes.toString('latin1')));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    exchanges: () => connections.flatMap(({ sent, received }) => pair(sent, received)),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

/** Requests of one connection with their responses, which come in the same order. */
const pair = (sent: string, received: string): Exchange[] => {
  const responses: Pick<Exchange, 'interim' | 'status' | 'answered'>[] = [];
  let interim: number[] = [];
  for (const [, code, lines = ''] of received.matchAll(RESPONSE)) {
    const status = Number(code);
    if (status < 200) {
      interim.push(status);
      continue;
    }
    responses.push({ interim, status, answered: valueIn(lines) });
    interim = [];
  }
  return [...sent.matchAll(REQUEST)].flatMap(([, method = '', path = '', lines = ''], i) => {
    const response = responses[i];
    return response ? [{ method, path, asked: valueIn(lines), ...response }] : [];
  });
};

const valueIn =
  (lines: string) =>
  (name: string): string | undefined =>
    new RegExp(`^${name}: *(.*?)\\r$`, 'im').exec(lines)?.[1];
