import { useSyncExternalStore } from 'react';
import { isLasting, toApiError } from '../api/api-error.ts';
import { request } from '../api/request.ts';
import { resources } from '../api/resources.ts';
import type { Id, PhotoStatus } from '../api/types.ts';
import { sendFile } from './send-file.ts';
import { isOver, isStored, type UploadItem } from './upload-item.ts';

const AT_ONCE = 3;
const STATUS_EVERY_MS = 1_000;
/** A photo whose faces take longer counts as done; they appear when they are there. */
const STATUS_TRIES = 60;

/** Files on their way to the server: three at a time, each on its own, kept while pages change. */
class UploadStore {
  #items: readonly UploadItem[] = [];
  #nextId = 1;
  #paused = false;
  readonly #listeners = new Set<() => void>();

  add(files: Iterable<File>, albumId: Id): void {
    const added = [...files].map((file): UploadItem => ({
      id: this.#nextId++,
      file,
      albumId,
      state: 'waiting',
      sent: 0,
      photoId: undefined,
      foundIn: undefined,
      lasting: false,
      reason: undefined,
    }));
    this.#publish([...this.#items, ...added]);
    this.#startNext();
  }

  retry(id: number): void {
    this.#change(id, { state: 'waiting', sent: 0, reason: undefined });
    this.#startNext();
  }

  /** Files under way are finished; no further one begins. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#publish([...this.#items]);
    this.#startNext();
  }

  get paused(): boolean {
    return this.#paused;
  }

  clear(): void {
    this.#publish(this.#items.filter((item) => !isOver(item)));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): readonly UploadItem[] => this.#items;

  #startNext(): void {
    if (this.#paused) return;
    const running = this.#items.filter((item) => item.state !== 'waiting' && !isStored(item)).length;
    const next = this.#items.filter((item) => item.state === 'waiting').slice(0, AT_ONCE - running);
    for (const item of next) void this.#run(item);
  }

  /** Takes one file all the way; a failure is its own and stops no other. */
  async #run({ id, file, albumId }: UploadItem): Promise<void> {
    this.#change(id, { state: 'sending' });
    try {
      const photo = await sendFile(albumId, file, (sent) =>
        this.#change(id, { sent, state: sent < 1 ? 'sending' : 'storing' }),
      );
      this.#change(id, {
        photoId: photo.id,
        sent: 1,
        state: photo.duplicate ? 'already-here' : 'faces',
        foundIn: photo.duplicate ? photo.albumId : undefined,
      });
      resources.revalidate();
      this.#startNext();
      if (!photo.duplicate) await this.#awaitFaces(id, photo.id);
    } catch (error) {
      const cause = toApiError(error);
      this.#change(id, { state: 'failed', lasting: isLasting(cause), reason: cause.message });
      this.#startNext();
    }
  }

  async #awaitFaces(id: number, photoId: Id): Promise<void> {
    for (let tries = 0; tries < STATUS_TRIES; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, STATUS_EVERY_MS));
      const { text } = await request(`/photos/${photoId}/status`);
      const { faces } = JSON.parse(text) as PhotoStatus;
      if (faces === 'pending') continue;
      const reason = faces === 'failed' ? 'The photo was saved. Its faces could not be read.' : undefined;
      this.#change(id, { state: 'done', reason });
      resources.revalidate();
      return;
    }
    this.#change(id, { state: 'done', reason: 'The photo was saved. Faces will follow.' });
  }

  #change(id: number, change: Partial<UploadItem>): void {
    this.#publish(this.#items.map((item) => (item.id === id ? { ...item, ...change } : item)));
  }

  #publish(items: readonly UploadItem[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}

export const uploads = new UploadStore();

export function useUploads(): readonly UploadItem[] {
  return useSyncExternalStore(uploads.subscribe, uploads.snapshot);
}
