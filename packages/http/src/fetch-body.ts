import type { BodyCollector } from './body-collector.ts';

/** A response body on its way: read once, copied to the collector, handed to the client. */
export interface BodySource {
  readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly collector: BodyCollector;
}

type Read = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>;

/** What could be read without waiting for anything but the body's own microtasks. */
export interface BodyStart {
  readonly chunks: readonly Uint8Array[];
  /** The end was among it. */
  readonly isWhole: boolean;
  /** The read that has not come back yet. */
  readonly next: Promise<Read> | undefined;
  bytes(): Uint8Array;
}

/** A body made from bytes or a string gives all of itself within so many turns of the microtask queue. */
const TURNS = 32;

/**
 * Reads what is there at once. So a small body that the handler had whole is known before its head leaves,
 * and can have an entity tag or be answered 304, while a stream is held up by no I/O.
 */
export const readAhead = async ({ reader, collector }: BodySource): Promise<BodyStart> => {
  const chunks: Uint8Array[] = [];
  const start = (isWhole: boolean, next?: Promise<Read>): BodyStart => ({
    chunks,
    isWhole,
    next,
    bytes: () => concat(chunks),
  });
  if (!reader) return start(true);
  while (collector.isOpen) {
    const next = reader.read();
    const read = await withinTurns(next);
    if (!read) return start(false, next);
    if (read.done) return start(true);
    chunks.push(read.value);
    collector.push(read.value);
    if (!isBytes(read.value)) return start(false);
  }
  return start(false);
};

/**
 * The body for the client. While the collector wants it, the source is read as fast as it gives, so that a
 * slow client does not hold up those who wait for the same response; what is ahead of the client is bounded
 * by the collector's limit. From then on the client sets the pace.
 */
export const passAlong = (source: BodySource, start: BodyStart): ReadableStream<Uint8Array> => {
  const { reader, collector } = source;
  let wanted: () => void = () => undefined;
  const demand = (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> | undefined =>
    collector.isOpen || (controller.desiredSize ?? 1) > 0
      ? undefined
      : new Promise<void>((resolve) => (wanted = resolve));

  const pump = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      for (const chunk of start.chunks) controller.enqueue(chunk);
      let next = start.next;
      for (;;) {
        await demand(controller);
        const read = await (next ?? reader?.read());
        next = undefined;
        if (!read || read.done) break;
        collector.push(read.value);
        controller.enqueue(read.value);
      }
      collector.end();
      controller.close();
    } catch (error) {
      collector.abort();
      controller.error(error);
    }
  };

  return new ReadableStream<Uint8Array>({
    start: (controller) => void pump(controller),
    pull: () => wanted(),
    cancel: async (reason) => {
      collector.abort();
      await reader?.cancel(reason);
    },
  });
};

/** The result, if it comes without waiting for I/O or timers. */
const withinTurns = async (read: Promise<Read>): Promise<Read | undefined> => {
  let result: Read | undefined;
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  read.then((value) => ((result = value), settled()), settled);
  for (let turn = 0; turn < TURNS && !isSettled; turn += 1) await Promise.resolve();
  return result;
};

/** A stream may give anything; what is no bytes the runtime itself refuses when it sends it. */
const isBytes = (chunk: unknown): boolean => chunk instanceof Uint8Array;

const concat = (chunks: readonly Uint8Array[]): Uint8Array => {
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
};
