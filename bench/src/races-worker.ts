/** The parent's end of a process with a cache of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Reply } from './races-process.ts';

const PROGRAM = fileURLToPath(new URL('races-process.ts', import.meta.url));

/** A cache that has not answered by then is taken to hang. */
export const ANSWER_DEADLINE_MS = 8_000;

export interface Worker {
  /** What the order gave, if that is text; rejects where the cache does, and where it does not answer. */
  obey(order: Order): Promise<string | undefined>;
  end(): Promise<void>;
}

/** Resolves once it is ready. */
export const startWorker = async (subject: string, url: string): Promise<Worker> => {
  const child = fork(PROGRAM, [subject, url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const gone = once(child, 'exit');
  const waiting = listen(child);
  const ready = new Promise<void>((resolve) => waiting.set(0, () => resolve()));
  await Promise.race([ready, gone.then(() => Promise.reject(new Error(`${subject}: its process ended`)))]);
  let lastId = 0;
  return {
    obey: async (order) => {
      const id = (lastId += 1);
      const { result, error } = await new Promise<Reply>((resolve) => {
        waiting.set(id, resolve);
        child.send({ id, order });
        const tooLate = { id, error: `no answer in ${ANSWER_DEADLINE_MS / 1_000} s` };
        setTimeout(() => resolve(tooLate), ANSWER_DEADLINE_MS).unref();
      });
      if (error !== undefined) throw new Error(error);
      return result as string | undefined;
    },
    end: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
};

/** Who waits for which reply. */
const listen = (child: ChildProcess): Map<number, (reply: Reply) => void> => {
  const waiting = new Map<number, (reply: Reply) => void>();
  child.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  child.on('exit', () => {
    for (const [id, resolve] of waiting) resolve({ id, error: 'its process ended' });
    waiting.clear();
  });
  return waiting;
};
