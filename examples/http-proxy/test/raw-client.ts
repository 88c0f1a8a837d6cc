import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends bytes and gives all that comes back until the connection ends. */
export const sendRaw = async (port: number, bytes: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return received;
};

/** A request without body, on a connection that ends with it. */
export const ask = (port: number, line: string, ...lines: readonly string[]): Promise<string> => {
  const head = [`${line} HTTP/1.1`, 'Host: photos.example', 'Connection: close', ...lines];
  return sendRaw(port, `${head.join('\r\n')}\r\n\r\n`);
};

/** Interim heads, then the final one, then what followed it. */
export const partsOf = (received: string): string[] => received.split('\r\n\r\n');
