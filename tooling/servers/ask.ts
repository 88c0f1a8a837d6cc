import { connect } from 'node:net';

/** A reply as RESP2 has it; an error reply rejects instead. */
export type Reply = string | number | null | Reply[];

const ANSWER_DEADLINE_MS = 5_000;

/**
 * Sends one command to the server at a loopback port, on a connection of its own, and resolves with the reply.
 *
 * @throws Error with the server's words for an error reply, or where no whole reply came within 5 s.
 */
export function ask(port: number, ...command: readonly (string | number)[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new Error(`${command.slice(0, 2).join(' ')} at port ${port}: ${reason}`));
    };
    socket.setTimeout(ANSWER_DEADLINE_MS, () => fail('no answer in time'));
    socket.on('connect', () => socket.write(encode(command)));
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const parsed = parse(received, 0);
      if (!parsed) return;
      if (parsed.reply instanceof Error) return fail(parsed.reply.message);
      socket.destroy();
      resolve(parsed.reply);
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('the connection was closed'));
  });
}

const encode = (command: readonly (string | number)[]): string =>
  `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`).join('')}`;

interface Parsed {
  readonly reply: Reply | Error;
  readonly end: number;
}

/** The reply that begins at `start`; undefined while part of it is missing. */
function parse(bytes: Buffer, start: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const text = bytes.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case '+':
      return { reply: text, end };
    case ':':
      return { reply: Number(text), end };
    case '$': {
      const size = Number(text);
      if (size < 0) return { reply: null, end };
      if (bytes.length < end + size + 2) return undefined;
      return { reply: bytes.toString('utf8', end, end + size), end: end + size + 2 };
    }
    case '*':
      return parseItems(bytes, Number(text), end);
    default:
      return { reply: new Error(text), end };
  }
}

function parseItems(bytes: Buffer, count: number, start: number): Parsed | undefined {
  const items: Reply[] = [];
  let end = start;
  while (items.length < count) {
    const item = parse(bytes, end);
    if (!item || item.reply instanceof Error) return item;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: items, end };
}
