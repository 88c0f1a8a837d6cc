/** Lets others wait until something holds: whoever changes it calls `notify`. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  notify(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Resolves when `holds` is true, now or after a `notify`; `stop` gives up without an answer. */
  until(holds: () => boolean): { readonly done: Promise<void>; readonly stop: () => void } {
    let check = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      check = () => {
        if (!holds()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
    return { done, stop: () => void this.#waiting.delete(check) };
  }
}
