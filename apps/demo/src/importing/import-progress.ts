/** What /healthz tells about the import. */
export interface ImportReport {
  readonly state: 'idle' | 'running' | 'done';
  readonly total: number;
  /** Photos dealt with to the end, failed ones included. */
  readonly done: number;
  readonly failed: readonly { readonly fileName: string; readonly reason: string }[];
}

/** Enough to see what is wrong with a folder; the rest is counted in `done` only. */
const MAX_FAILURES = 1000;

/** How far the import has come. */
export class ImportProgress {
  #state: ImportReport['state'] = 'idle';
  #total = 0;
  #done = 0;
  readonly #failed: { fileName: string; reason: string }[] = [];

  start(total: number): void {
    this.#state = 'running';
    this.#total = total;
  }

  finishPhoto(): void {
    this.#done += 1;
  }

  failPhoto(fileName: string, reason: string): void {
    this.#done += 1;
    if (this.#failed.length < MAX_FAILURES) this.#failed.push({ fileName, reason });
  }

  finish(): void {
    this.#state = 'done';
  }

  report(): ImportReport {
    return { state: this.#state, total: this.#total, done: this.#done, failed: [...this.#failed] };
  }
}
