import type { Connection } from './servers.ts';
import { RedisFailure } from './failure.ts';

/**
 * Sends a command that carries its own deadline in the server's time, so that executed late it does nothing.
 * When the answer is "too late" the server's clock was stepped: the answer tells it anew, nothing was done,
 * and it is sent once more.
 */
export const withDeadline = async <T extends { readonly outcome: string }>(
  connection: Connection,
  operation: string,
  send: (deadlineMs: number) => Promise<T>,
): Promise<Exclude<T, { readonly outcome: 'late' }>> => {
  const { clock, commandTimeoutMs } = connection;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (!connection.isUp) await connection.whenUp(operation);
    const sentAt = clock.now();
    const reply = await send(connection.serverClock.atLeast(sentAt) + commandTimeoutMs);
    // The cast repeats what the test has just said; TypeScript does not narrow a type parameter.
    if (reply.outcome !== 'late') return reply as Exclude<T, { readonly outcome: 'late' }>;
    connection.serverClock.observe(sentAt, clock.now(), (reply as unknown as { serverMs: number }).serverMs);
  }
  throw new RedisFailure('ERR_TIMEOUT', `redis ${operation}: it came after its deadline`);
};
