/** The parent's end of a process that measures one thing after the other, as it is asked. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const END_DEADLINE_MS = 3_000;

export interface MeasuringWorker<Order, Result> {
  /** One at a time. */
  ask(order: Order): Promise<Result | undefined>;
  end(): Promise<void>;
}

/** What the process sends: once when it is ready, then once an order. */
export interface Answer<Result> {
  readonly result?: Result;
  readonly error?: string;
}

/** Resolves once it is ready. */
export const startMeasuringWorker = async <Order extends object, Result>(
  program: URL,
  args: readonly string[],
): Promise<MeasuringWorker<Order, Result>> => {
  const child = fork(fileURLToPath(program), args, { execArgv: ['--expose-gc'] });
  await answerOf(child, args.join(' '));
  return {
    ask: async (order) => {
      child.send(order);
      return (await answerOf<Result>(child, JSON.stringify(order)))?.result;
    },
    end: () => end(child),
  };
};

const answerOf = <Result>(child: ChildProcess, what: string): Promise<Answer<Result> | undefined> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onExit = (): void => {
      stop();
      reject(new Error(`${what}: the worker ended`));
    };
    const onMessage = (message: unknown): void => {
      const answer = message as Answer<Result> | undefined;
      stop();
      if (answer?.error === undefined) resolve(answer);
      else reject(new Error(`${what}: ${answer.error}`));
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
  });

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.send('end');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
  await gone.finally(() => clearTimeout(timer));
};

/** The process's own end: obeys until the parent says `end` or is gone. */
export const obeyOrders = <Order, Result>(
  obey: (order: Order) => Promise<Result>,
  close: () => Promise<unknown>,
): void => {
  const send = (answer: Answer<Result> & { ready?: boolean }): void => {
    process.send?.(answer);
  };
  process.on('message', (order: Order | 'end') => {
    if (order === 'end') {
      void close().finally(() => process.disconnect?.());
      return;
    }
    obey(order).then(
      (result) => send({ result }),
      (error: unknown) => send({ error: String(error) }),
    );
  });
  send({ ready: true });
};
