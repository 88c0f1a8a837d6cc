import type { ServerResponse } from 'node:http';

/** Sees when a handler waits for its client: it was told that no more is taken for now, and writes nothing. */
export class ClientWait {
  readonly #res: ServerResponse;
  /** Ends the wait that is under way. */
  #end: (() => void) | undefined;
  /** The handler has written all the same: it waits for nobody. */
  #isImpatient = false;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  /** A part has been written. `isReady`: more is taken at once. */
  wrote(isReady: boolean, onFull: (taken: Promise<void>) => void): void {
    if (this.#end) {
      this.#isImpatient = true;
      this.#end();
    }
    if (isReady || this.#isImpatient) return;
    const res = this.#res;
    onFull(
      new Promise<void>((resolve) => {
        const end = (): void => {
          res.off('drain', end).off('close', end);
          this.#end = undefined;
          resolve();
        };
        this.#end = end;
        res.on('drain', end).on('close', end);
      }),
    );
  }
}
