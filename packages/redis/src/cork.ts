import type { RedisClient } from './client.ts';

interface Corkable {
  cork(): void;
  uncork(): void;
}

/**
 * Holds back what a client writes until all sockets that were ready have been looked at: the commands of many requests
 * then take one system call instead of one each, which is a third of what a command costs, and their answers come
 * together. A single one waits for nothing else. A client without a socket of its own (a cluster) is left alone.
 */
export class Cork {
  #held: Corkable | undefined;

  hold({ stream }: RedisClient): void {
    if (this.#held !== undefined || !isCorkable(stream)) return;
    this.#held = stream;
    stream.cork();
    // The same socket, whatever the client has meanwhile.
    setImmediate(() => {
      this.#held = undefined;
      stream.uncork();
    });
  }
}

const isCorkable = (stream: unknown): stream is Corkable =>
  typeof stream === 'object' && stream !== null && 'cork' in stream && 'uncork' in stream;
