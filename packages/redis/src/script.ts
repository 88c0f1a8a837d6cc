import { createHash } from 'node:crypto';
import type { Argument } from './client.ts';
import type { Connection } from './servers.ts';
import { RedisFailure } from './failure.ts';

/**
 * A Lua script, sent by its hash; a server that does not know it (restarted, failed over, flushed) is sent
 * the text. NOSCRIPT says for certain that nothing ran, so this one repetition can apply nothing twice.
 */
export class Script {
  readonly #source: string;
  readonly #sha: string;

  constructor(source: string) {
    this.#source = source;
    this.#sha = createHash('sha1').update(source).digest('hex');
  }

  /** The script's reply; strings in it are Buffers. Rejects as `RedisConnection.call` does. */
  run(
    connection: Connection,
    operation: string,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<unknown> {
    return connection
      .call(operation, 'EVALSHA', [this.#sha, keys.length, ...keys, ...args])
      .catch((error: unknown) => {
        if (!(error instanceof RedisFailure) || error.reply !== 'NOSCRIPT') throw error;
        return connection.call(operation, 'EVAL', [this.#source, keys.length, ...keys, ...args]);
      });
  }
}
