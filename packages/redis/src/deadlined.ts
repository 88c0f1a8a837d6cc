import type { Connection } from './servers.ts';
import { RedisFailure } from './failure.ts';

/** Before it is sent again while its keys are on their way to another node of a cluster: 10, 20, 40 ... ms. */
const FIRST_PAUSE_MS = 10;

/**
 * Sends a command that carries its own deadline in the server's time, so that executed late it does nothing.
 * When the answer is "too late" the server's clock was stepped: the answer tells it anew, nothing was done,
 * and it is sent once more. Nothing was done either where its keys were on their way to another node of a cluster.
 */
export const withDeadline = async <T extends { readonly outcome: string }>(
  connection: Connection,
  operation: string,
  send: (deadlineMs: number) => Promise<T>,
): Promise<Exclude<T, { readonly outcome: 'late' }>> => {
  const { clock, commandTimeoutMs } = connection;
  // The other half is for the last attempt.
  const giveUpAt = clock.now() + commandTimeoutMs / 2;
  let pauseMs = FIRST_PAUSE_MS;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (!connection.isUp) await connection.whenUp(operation);
    const sentAt = clock.now();
    const reply = await send(connection.serverClock.atLeast(sentAt) + commandTimeoutMs).catch(
      async (error: unknown) => {
        const isInMotion = error instanceof RedisFailure && error.isInMotion;
        if (!isInMotion || clock.now() + pauseMs > giveUpAt) throw error;
        await new Promise<void>((resolve) => void clock.setTimer(resolve, pauseMs));
        return 'again' as const;
      },
    );
    if (reply === 'again') {
      pauseMs *= 2;
      attempt -= 1;
      continue;
    }
    // The cast repeats what the test has just said; TypeScript does not narrow a type parameter.
    if (reply.outcome !== 'late') return reply as Exclude<T, { readonly outcome: 'late' }>;
    connection.serverClock.observe(sentAt, clock.now(), (reply as unknown as { serverMs: number }).serverMs);
  }
  throw new RedisFailure('ERR_TIMEOUT', `redis ${operation}: it came after its deadline`);
};
