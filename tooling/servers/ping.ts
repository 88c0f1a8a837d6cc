import { connect } from 'node:net';

/** Whether the server at a loopback port answers PING with PONG (or asks for a password) in time. */
export function answersPing(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let reply = '';
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (text: string) => {
      reply += text;
      if (reply.includes('\r\n')) finish(/^(\+PONG|-NOAUTH)/.test(reply));
    });
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
  });
}
