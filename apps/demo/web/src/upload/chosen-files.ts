import { useSyncExternalStore } from 'react';

/** Files that were dropped or picked and wait for an album. */
let chosen: readonly File[] = [];
const listeners = new Set<() => void>();

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function publish(files: readonly File[]): void {
  chosen = files;
  for (const listener of listeners) listener();
}

export const keepForUpload = (files: readonly File[]): void => publish([...chosen, ...files]);
export const dropChosen = (): void => publish([]);
export const useChosenFiles = (): readonly File[] => useSyncExternalStore(subscribe, () => chosen);
