import PQueue from 'p-queue';
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../worker-url.ts';
import type { DetectedFace, Pixels } from './detected-face.ts';
import type { FaceReply, FaceRequest } from './face-worker.ts';

/** Long enough for a slow machine, short enough that a hung detector does not stop the import for good. */
const DETECTION_LIMIT_MS = 60_000;

/** Pictures of people who wait; each is up to 5 MB of pixels. The import never has more than one. */
const MAX_WAITING = 32;

/** Too many pictures wait already; it is worth trying again in a few seconds. */
export class DetectorBusyError extends Error {
  override readonly name = 'DetectorBusyError';
}

interface Waiting {
  readonly id: number;
  readonly resolve: (faces: DetectedFace[]) => void;
  readonly reject: (reason: Error) => void;
}

/** Finds faces in a worker thread, one picture at a time; a person who waits goes before the import. */
export class FaceDetector {
  readonly #queue = new PQueue({ concurrency: 1 });
  #worker: Worker | undefined;
  #waiting: Waiting | undefined;
  #lastId = 0;
  #isClosed = false;
  readonly #maxWaiting: number;

  constructor({ maxWaiting = MAX_WAITING }: { maxWaiting?: number } = {}) {
    this.#maxWaiting = maxWaiting;
  }

  /** Whether work ended because the program ends, and not for a fault. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Loads the models ahead of the first picture. */
  warmUp(): void {
    this.#ensureWorker();
  }

  /**
   * The faces of a picture. The pixels are handed over: the caller's copy is
   * empty afterwards. Rejects with DetectorBusyError when too many wait.
   */
  async detect(pixels: Pixels, { urgent = false }: { urgent?: boolean } = {}): Promise<DetectedFace[]> {
    if (this.#queue.size >= this.#maxWaiting) throw new DetectorBusyError('Too many pictures are waiting.');
    return this.#queue.add(() => this.#ask(pixels), { priority: urgent ? 1 : 0 });
  }

  async close(): Promise<void> {
    // What waits is not cleared, which would leave its callers waiting for ever: it fails when its turn comes.
    this.#isClosed = true;
    this.#fail(new Error('The face detector was closed.'));
    await this.#worker?.terminate();
  }

  async #ask(pixels: Pixels): Promise<DetectedFace[]> {
    if (this.#isClosed) throw new Error('The face detector was closed.');
    const worker = this.#ensureWorker();
    const request: FaceRequest = { id: ++this.#lastId, ...pixels };
    const timer = setTimeout(() => {
      this.#fail(new Error(`Looking for faces took longer than ${DETECTION_LIMIT_MS / 1000} s.`));
      this.#worker = undefined;
      void worker.terminate();
    }, DETECTION_LIMIT_MS);
    try {
      return await new Promise<DetectedFace[]>((resolve, reject) => {
        this.#waiting = { id: request.id, resolve, reject };
        worker.postMessage(request, [pixels.data.buffer]);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #ensureWorker(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(workerUrl('face-worker', import.meta.url));
    worker.unref();
    worker.on('message', (reply: FaceReply) => this.#settle(reply));
    worker.on('error', (error) =>
      this.#lose(worker, error instanceof Error ? error : new Error(String(error))),
    );
    worker.on('exit', (code) => this.#lose(worker, new Error(`The face detector ended with code ${code}.`)));
    this.#worker = worker;
    return worker;
  }

  /** The picture being looked at fails; the next one gets a new worker. */
  #lose(worker: Worker, reason: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#fail(reason);
  }

  #settle(reply: FaceReply): void {
    const waiting = this.#waiting;
    if (waiting?.id !== reply.id) return;
    this.#waiting = undefined;
    if ('faces' in reply) waiting.resolve(reply.faces);
    else waiting.reject(new Error(reply.reason));
  }

  #fail(reason: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(reason);
  }
}
